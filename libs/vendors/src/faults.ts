import type { ErrorCode } from '@app/contracts';

/** What a vendor's refusal means for the operation that met it. */
export interface VendorFault {
  code: Extract<
    ErrorCode,
    'VENDOR_RATE_LIMITED' | 'VENDOR_UNAVAILABLE' | 'VENDOR_AUTH_FAILED' | 'VENDOR_REJECTED' | 'NAME_TAKEN'
  >;
  /** The vendor's words, without request bodies and secrets. */
  message: string;
  retryable: boolean;
  /** The vendor's trace id, for its support. */
  traceId?: string;
  /** How long the vendor asks to wait, when it says so. */
  retryAfterMs?: number;
  /** The vendor is at work on what this is about, for an earlier try of ours or for somebody else: it passes by itself. */
  isBusy?: boolean;
}

/** A call to a vendor's API that did not do what was asked. */
export class VendorFaultError extends Error {
  constructor(
    readonly fault: VendorFault,
    options?: ErrorOptions,
  ) {
    super(fault.message, options);
    this.name = 'VendorFaultError';
  }
}
