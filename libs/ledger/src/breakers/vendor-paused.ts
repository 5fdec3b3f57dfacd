import { AppError } from '@app/runtime';

/** The vendor counts as down and is not called. This is no attempt. */
export class VendorPaused extends AppError {
  readonly code = 'VENDOR_UNAVAILABLE';
  /** After so long it is known whether it is back. */
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('the vendor counts as down; it is not called before it has been found to be back', {
      details: { retryAfterMs: Math.ceil(waitMs) },
      retryable: true,
    });
    this.waitMs = waitMs;
  }
}
