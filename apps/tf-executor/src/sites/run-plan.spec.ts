import { describe, expect, it } from 'vitest';
import { firstStep } from './run-plan.js';

const never = { attempt: 0, hasStateHeldResources: false, isUnreconciled: false };
const applied = { attempt: 0, hasStateHeldResources: true, isUnreconciled: false };

describe('the first step of a run', () => {
  it.each([
    [
      'a first create is one process',
      { action: 'create', ...never },
      { kind: 'apply', isDestroy: false, refresh: true },
    ],
    [
      'a delete is one process that trusts the state',
      { action: 'delete', ...applied },
      { kind: 'apply', isDestroy: true, refresh: false },
    ],
    ['a delete of what never was is nothing', { action: 'delete', ...never }, { kind: 'nothing' }],
    [
      'an update plans first and trusts the state',
      { action: 'update', ...applied },
      { kind: 'plan', refresh: false },
    ],
    [
      'an update that was tried before reads the vendor',
      { action: 'update', ...applied, attempt: 1 },
      { kind: 'plan', refresh: true },
    ],
    [
      'an update of what never reached the vendor is a create',
      { action: 'update', ...never },
      { kind: 'apply', isDestroy: false, refresh: true },
    ],
    [
      'a create over a state that held resources plans first',
      { action: 'create', ...applied },
      { kind: 'plan', refresh: false },
    ],
    [
      'a create after one that reached apply reconciles',
      { action: 'create', ...never, isUnreconciled: true },
      { kind: 'reconcile' },
    ],
    [
      'an update after one that reached apply reconciles',
      { action: 'update', ...applied, isUnreconciled: true },
      { kind: 'reconcile' },
    ],
    [
      'a delete after a run that reached apply reconciles',
      { action: 'delete', ...never, isUnreconciled: true },
      { kind: 'reconcile' },
    ],
  ] as const)('%s', (_claim, claim, expected) => expect(firstStep(claim)).toEqual(expected));
});
