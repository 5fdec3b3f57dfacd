import { isFinal } from '@app/contracts';
import type { DeviceFound, ItemFound, OperationFound, Snapshot, Violation } from '../snapshot.js';

const INVARIANT = 'device results';

/** Phases in which a device rests. */
const RESTING = new Set(['ready', 'failed', 'delete_failed', 'deleted']);

/** What operations say has become of their devices adds up, and a device stands where the last of them left it. */
export function checkDeviceResults({ operations, items, devices }: Snapshot): Violation[] {
  const ofDevices = operations.filter(({ siteId, status }) => siteId !== null && isFinal(status));
  const byOperation = Map.groupBy(items, ({ operationId }) => operationId);
  const byDevice = Map.groupBy(items, ({ deviceId }) => deviceId);
  return [
    ...ofDevices.flatMap((operation) => checkCounts(operation, byOperation.get(operation.id) ?? [])),
    // No fault of a round is the vendor's last word on a device.
    ...items
      .filter(({ status, error }) => status === 'failed' && error?.retryable !== true)
      .map(({ error, operationId, deviceId }) =>
        complain(`a device failed for good: ${error?.code}: ${error?.message}`, [operationId, deviceId]),
      ),
    ...devices.flatMap((device) => checkDevice(device, byDevice.get(device.id) ?? [])),
  ];
}

function checkCounts({ id, status, counts }: OperationFound, items: readonly ItemFound[]): Violation[] {
  const countOf = (...wanted: ItemFound['status'][]): number =>
    items.filter((item) => wanted.includes(item.status)).length;
  const failed = countOf('failed');
  const said = `${counts.succeeded} + ${counts.failed} of ${counts.total}`;
  const found = `${countOf('succeeded', 'superseded')} + ${failed} of ${items.length}`;
  return [
    ...(said === found ? [] : [complain(`an operation counts ${said} devices, and has ${found}`, [id])]),
    ...((status === 'failed') === failed > 0
      ? []
      : [complain(`an operation with ${failed} failed devices ${status}`, [id])]),
  ];
}

function checkDevice(device: DeviceFound, items: readonly ItemFound[]): Violation[] {
  const { id, phase, isDeleted, revision } = device;
  const say = (message: string): Violation[] => [
    complain(`${device.customer}/${device.site}/${device.name}: ${message}`, [id]),
  ];
  if (!RESTING.has(phase) || isDeleted !== (phase === 'deleted')) {
    return say(`it rests as ${phase}${isDeleted ? ', deleted' : ''}`);
  }
  // It may have gone with its site.
  if (isDeleted) return [];
  const action = phase === 'delete_failed' ? 'delete' : 'put';
  const ofRevision = items.filter((item) => item.revision === revision && item.action === action);
  const last = items.at(-1);
  if (phase === 'ready') {
    // Of two operations that ask for the same one may have been tried again when both had failed.
    return ofRevision.some(({ status }) => status === 'succeeded')
      ? []
      : say(`it is ready, and nobody has applied revision ${revision}`);
  }
  // Overtaken by nothing that came later: by the removal of its site, which did not come about.
  return last !== undefined && ofRevision.includes(last) && last.status !== 'succeeded'
    ? []
    : say(`it is ${phase}, and the last of its results is ${last?.action} ${last?.status}`);
}

const complain = (message: string, ids: string[]): Violation => ({ invariant: INVARIANT, message, ids });
