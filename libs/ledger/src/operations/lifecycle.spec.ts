import { FINAL_STATUSES, OperationStatus } from '@app/contracts';
import { describe, expect, it } from 'vitest';
import {
  ACTIVE_STATUSES,
  IllegalTransition,
  statusesBefore,
  transition,
  type OperationEventType,
} from './lifecycle.js';

const EVENTS: OperationEventType[] = [
  'released',
  'claimed',
  'deferred',
  'taken_over',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'superseded',
  'plan_held',
  'approved',
];

describe('the lifecycle of an operation', () => {
  it.each(FINAL_STATUSES.flatMap((status) => EVENTS.map((event) => [status, event] as const)))(
    '%s is final: it cannot be %s',
    (status, event) => {
      expect(() => transition(status, event)).toThrow(IllegalTransition);
    },
  );

  it('a run goes from pending over in progress to an end', () => {
    expect(transition(transition('pending', 'claimed'), 'succeeded')).toBe('succeeded');
  });

  it.each(['deferred', 'taken_over'] as const)('a run that is %s waits for its next release', (event) => {
    expect(transition('in_progress', event)).toBe('pending');
  });

  it('an operation that runs cannot be claimed again', () => {
    expect(() => transition('in_progress', 'claimed')).toThrow(
      'an operation that is in_progress cannot be claimed',
    );
  });

  it('every active status has a way to an end', () => {
    const reached = new Set<OperationStatus>(FINAL_STATUSES);
    for (let round = 0; round < OperationStatus.options.length; round += 1) {
      for (const status of ACTIVE_STATUSES) {
        const next = EVENTS.filter((event) => statusesBefore(event).includes(status));
        if (next.some((event) => reached.has(transition(status, event)))) reached.add(status);
      }
    }
    expect([...reached].toSorted()).toEqual([...OperationStatus.options].toSorted());
  });
});
