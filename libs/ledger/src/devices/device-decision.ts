import type { DevicePhase, OperationAction } from '@app/contracts';

/** A device as a request finds it. */
export interface DeviceFound {
  revision: number;
  appliedRevision: number | null;
  /** false: its removal has been asked for. */
  isWanted: boolean;
  phase: DevicePhase;
  /** A round has taken it: something of it may be at the vendor, now or in a moment. */
  hasReachedVendor: boolean;
  /** It waits to be brought to what it is to be now. */
  isUnderWay: boolean;
}

export type DevicePutDecision =
  | { kind: 'unchanged' }
  /** `revision` is a new one, or the same again after a failure. */
  | { kind: 'submit'; action: 'create' | 'update'; revision: number; isNewRevision: boolean };

/** What a PUT of a device leads to. A removal that is under way is taken back. */
export function decideDevicePut(device: DeviceFound | undefined, isSameSpec: boolean): DevicePutDecision {
  if (device === undefined) return { kind: 'submit', action: 'create', revision: 1, isNewRevision: true };
  const action = device.appliedRevision === null ? 'create' : 'update';
  if (!isSameSpec || !device.isWanted) {
    return { kind: 'submit', action, revision: device.revision + 1, isNewRevision: true };
  }
  const isApplied = device.appliedRevision === device.revision && device.phase === 'ready';
  if (device.isUnderWay || isApplied) return { kind: 'unchanged' };
  return { kind: 'submit', action, revision: device.revision, isNewRevision: false };
}

export type DeviceDeleteDecision =
  | { kind: 'under_way' }
  /** Nothing of it is at the vendor and nothing is on its way there. */
  | { kind: 'forget' }
  | { kind: 'submit' };

/** What a DELETE of a device leads to. */
export function decideDeviceDelete(device: DeviceFound): DeviceDeleteDecision {
  if (!device.isWanted && device.isUnderWay) return { kind: 'under_way' };
  return device.hasReachedVendor ? { kind: 'submit' } : { kind: 'forget' };
}

/** A device's phase while it waits for a round. */
export const devicePhaseDuring = (action: OperationAction): DevicePhase => PHASES[action];

const PHASES: Record<OperationAction, DevicePhase> = {
  create: 'creating',
  update: 'updating',
  delete: 'deleting',
};
