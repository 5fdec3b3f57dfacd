import { VendorBusy, VendorCallFailed, wasStopped, type StopReason } from '@app/ledger';
import { VendorFaultError } from '@app/vendors';

/** What a vendor's client threw, as an error of ours. */
export function asOurError(error: unknown, stopReason: StopReason | undefined): unknown {
  if (error instanceof VendorFaultError) {
    const Failure = error.fault.isBusy === true ? VendorBusy : VendorCallFailed;
    return new Failure(error.fault, { cause: error });
  }
  return stopReason === 'deadline' && wasStopped(error) ? tookTooLong(error) : error;
}

const tookTooLong = (cause: unknown): VendorCallFailed =>
  new VendorCallFailed(
    { code: 'VENDOR_UNAVAILABLE', message: 'the vendor took too long', retryable: true },
    { cause },
  );
