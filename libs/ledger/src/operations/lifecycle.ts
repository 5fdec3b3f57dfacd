import { FINAL_STATUSES, OperationStatus } from '@app/contracts';
import { AppError } from '@app/runtime';

/** What can happen to an operation. */
export type OperationEventType =
  | 'released'
  | 'claimed'
  | 'deferred'
  | 'taken_over'
  | 'succeeded'
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  | 'superseded'
  | 'plan_held'
  | 'approved'
  | 'reopened';

const TRANSITIONS: Record<OperationStatus, Partial<Record<OperationEventType, OperationStatus>>> = {
  pending: {
    released: 'pending',
    claimed: 'in_progress',
    superseded: 'cancelled',
    cancelled: 'cancelled',
    // A delete of what never reached the vendor, and a delivery that is beyond saving, need no run.
    succeeded: 'succeeded',
    failed: 'failed',
  },
  in_progress: {
    deferred: 'pending',
    taken_over: 'pending',
    plan_held: 'awaiting_approval',
    succeeded: 'succeeded',
    failed: 'failed',
    timed_out: 'timed_out',
    cancelled: 'cancelled',
    superseded: 'cancelled',
  },
  awaiting_approval: {
    approved: 'pending',
    superseded: 'cancelled',
    cancelled: 'cancelled',
    timed_out: 'timed_out',
  },
  succeeded: {},
  // Somebody asked for it again, by a replay of its dead letter or by a retry.
  failed: { reopened: 'pending' },
  cancelled: { reopened: 'pending' },
  timed_out: { reopened: 'pending' },
};

/** Something was asked of an operation that its status does not allow. */
export class IllegalTransition extends AppError {
  readonly code = 'INVALID_TRANSITION';
  constructor(status: OperationStatus, event: OperationEventType) {
    super(`an operation that is ${status} cannot be ${event}`, { details: { status, event } });
  }
}

/** The status after an event. @throws IllegalTransition */
export function transition(status: OperationStatus, event: OperationEventType): OperationStatus {
  const next = TRANSITIONS[status][event];
  if (next === undefined) throw new IllegalTransition(status, event);
  return next;
}

/** The statuses in which an event may happen: the guard of the SQL statement that records it. */
export const statusesBefore = (event: OperationEventType): OperationStatus[] =>
  OperationStatus.options.filter((status) => TRANSITIONS[status][event] !== undefined);

/** Statuses in which an operation still has a next step. */
export const ACTIVE_STATUSES: readonly OperationStatus[] = OperationStatus.options.filter(
  (status) => !FINAL_STATUSES.includes(status),
);
