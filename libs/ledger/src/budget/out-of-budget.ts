import { AppError } from '@app/runtime';

/** The account's budget has no room for a call now. The call was not made: this is no attempt. */
export class OutOfBudget extends AppError {
  readonly code = 'VENDOR_RATE_LIMITED';
  /** After so long there is room, if everybody keeps to the line. */
  readonly waitMs: number;

  constructor(operation: string, waitMs: number) {
    super(`no budget for a call of ${operation}`, {
      details: { operation, retryAfterMs: Math.ceil(waitMs) },
      retryable: true,
    });
    this.waitMs = waitMs;
  }
}
