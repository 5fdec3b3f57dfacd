import type { ErrorCode } from '@app/contracts';
import { AppError } from '@app/runtime';
import type { VendorFault } from '@app/vendors';

interface VendorCallFailedOptions {
  /** What the run knows to be secret is taken out of the vendor's words. */
  redact?: (text: string) => string;
  cause?: unknown;
}

/** A call of ours to the vendor's API failed. */
export class VendorCallFailed extends AppError {
  readonly code: ErrorCode;
  constructor(fault: VendorFault, { redact = asItIs, cause }: VendorCallFailedOptions = {}) {
    const { message, retryable, traceId, retryAfterMs } = fault;
    const details = {
      ...(traceId !== undefined && { traceId }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    super(redact(message), { cause, retryable, ...(Object.keys(details).length > 0 && { details }) });
    this.code = fault.code;
  }
}

const asItIs = (text: string): string => text;
