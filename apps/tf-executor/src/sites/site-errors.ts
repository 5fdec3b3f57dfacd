import { AppError } from '@app/runtime';

/** The vendor has a site of that name which is not ours. */
export class NameTaken extends AppError {
  readonly code = 'NAME_TAKEN';
  constructor(name: string, siteId: string) {
    super(`the vendor already has a site named ${name}, which is not managed here`, {
      details: { name, siteId },
    });
  }
}
