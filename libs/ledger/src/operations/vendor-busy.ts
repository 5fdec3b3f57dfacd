import type { VendorFault } from '@app/vendors';
import { VendorCallFailed } from './vendor-call-failed.js';

/**
 * The vendor is still at work on just this, for an earlier try of ours or for somebody else. It is no outage, and
 * nobody's fault: whoever comes again later finds it done. This is no try.
 */
export class VendorBusy extends VendorCallFailed {
  /** How long the vendor asks to wait, when it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(fault: VendorFault, options?: ErrorOptions) {
    super(fault, options);
    this.retryAfterMs = fault.retryAfterMs;
  }
}

/** It is looked at again after as long as after a first failure: neither at once nor ever later. */
export const busyWaitMs = ({ retryAfterMs = 0 }: VendorBusy, ladder: { firstWaitMs: number }): number =>
  Math.max(retryAfterMs, ladder.firstWaitMs);
