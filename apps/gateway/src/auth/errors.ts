import type { Role } from '@app/contracts';
import { AppError } from '@app/runtime';

export class Unauthenticated extends AppError {
  readonly code = 'UNAUTHENTICATED';
}

export class Forbidden extends AppError {
  readonly code = 'FORBIDDEN';
}

export class RoleTooLow extends Forbidden {
  constructor(held: Role, needed: Role) {
    super(`the API key's role is ${held}; this needs ${needed}`);
  }
}
