import { AppError } from '@app/runtime';

/** The account's budget has no room for a call now. The call was not made: this is no attempt. */
export class OutOfBudget extends AppError {
  readonly code = 'VENDOR_RATE_LIMITED';
  /** After so long there is room, if everybody keeps to the line. */
  readonly waitMs: number;

  /** @param what is not made now, e.g. a call of an API operation */
  constructor(what: string, waitMs: number) {
    super(`the vendor account's budget has no room for ${what}`, {
      details: { retryAfterMs: Math.ceil(waitMs) },
      retryable: true,
    });
    this.waitMs = waitMs;
  }
}
