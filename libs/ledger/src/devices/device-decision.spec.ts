import { describe, expect, it } from 'vitest';
import { decideDeviceDelete, decideDevicePut, type DeviceFound } from './device-decision.js';

const ready: DeviceFound = {
  revision: 3,
  appliedRevision: 3,
  isWanted: true,
  phase: 'ready',
  hasReachedVendor: true,
  isUnderWay: false,
};

describe('a PUT of a device', () => {
  it.each<[string, DeviceFound | undefined, boolean, object]>([
    ['creates what is not there', undefined, false, { action: 'create', revision: 1, isNewRevision: true }],
    ['changes nothing when it is applied', ready, true, { kind: 'unchanged' }],
    ['changes what differs', ready, false, { action: 'update', revision: 4, isNewRevision: true }],
    [
      'changes nothing while the same is under way',
      { ...ready, appliedRevision: 2, phase: 'updating', isUnderWay: true },
      true,
      { kind: 'unchanged' },
    ],
    [
      'asks again for what failed',
      { ...ready, appliedRevision: 2, phase: 'failed' },
      true,
      { action: 'update', revision: 3, isNewRevision: false },
    ],
    [
      'asks again for a creation that failed',
      { ...ready, appliedRevision: null, phase: 'failed' },
      true,
      { action: 'create', revision: 3, isNewRevision: false },
    ],
    [
      'takes a removal back',
      { ...ready, isWanted: false, phase: 'deleting', isUnderWay: true },
      true,
      { action: 'update', revision: 4, isNewRevision: true },
    ],
  ])('%s', (_claim, device, isSame, expected) => {
    expect(decideDevicePut(device, isSame)).toMatchObject(expected);
  });
});

describe('a DELETE of a device', () => {
  it.each<[string, DeviceFound, string]>([
    ['removes what is applied', ready, 'submit'],
    ['is the same again', { ...ready, isWanted: false, isUnderWay: true }, 'under_way'],
    ['asks again after a failure', { ...ready, isWanted: false, phase: 'delete_failed' }, 'submit'],
    [
      'forgets what never reached the vendor',
      { ...ready, appliedRevision: null, hasReachedVendor: false },
      'forget',
    ],
    ['removes what may have reached the vendor', { ...ready, appliedRevision: null }, 'submit'],
  ])('%s', (_claim, device, kind) => expect(decideDeviceDelete(device).kind).toBe(kind));
});
