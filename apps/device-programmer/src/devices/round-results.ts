import { VendorCallFailed, type DeviceClaim, type SettledDevice } from '@app/ledger';
import { failureReport } from '@app/runtime';
import type { DeviceResult } from '@app/vendors';

/**
 * The vendor's answers as the ledger keeps them. A device without one stays due.
 * @throws when there is none at all, which would go on for ever
 */
export function settledDevices(claim: DeviceClaim, answers: readonly DeviceResult[]): SettledDevice[] {
  const taken = new Set(claim.devices.map(({ resourceId }) => resourceId));
  const known = answers.filter(({ resourceId }) => taken.has(resourceId));
  if (known.length === 0) throw new Error(`a round of ${claim.vendor} answered for no device`);
  return known.map((answer) =>
    answer.outcome === 'applied'
      ? answer
      : {
          resourceId: answer.resourceId,
          outcome: 'refused',
          error: failureReport(new VendorCallFailed(answer.fault)),
          mayExist: answer.mayExist === true,
        },
  );
}
