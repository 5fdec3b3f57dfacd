import type { ErrorCode } from '@app/contracts';
import { AppError } from '@app/runtime';
import type { VendorFaultError } from '@app/vendors';

/** The vendor has a site of that name which is not ours. */
export class NameTaken extends AppError {
  readonly code = 'NAME_TAKEN';
  constructor(name: string, siteId: string) {
    super(`the vendor already has a site named ${name}, which is not managed here`, {
      details: { name, siteId },
    });
  }
}

/** A call of ours to the vendor's API failed, beside Terraform. */
export class VendorCallFailed extends AppError {
  readonly code: ErrorCode;
  constructor({ fault }: VendorFaultError, redact: (text: string) => string) {
    super(redact(fault.message), {
      retryable: fault.retryable,
      ...(fault.traceId === undefined ? {} : { details: { traceId: fault.traceId } }),
    });
    this.code = fault.code;
  }
}
