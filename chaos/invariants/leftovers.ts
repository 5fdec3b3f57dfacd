import { isFinal } from '@app/contracts';
import type { Snapshot, Violation } from '../snapshot.js';

const INVARIANT = 'leftovers';

/** When all is quiet nobody holds anything, nothing is on its way, and nothing is late. */
export function checkLeftovers(snapshot: Snapshot): Violation[] {
  const { operations, items, heldDeviceLanes, locks, outboxRows, queues } = snapshot;
  const ended = new Set(operations.filter(({ status }) => isFinal(status)).map(({ id }) => id));
  return [
    ...locks.map(({ resourceId, workerId }) => complain(`a state is locked by ${workerId}`, [resourceId])),
    ...operations
      .filter(({ hasLease, status }) => hasLease && status !== 'in_progress')
      .map(({ id, status }) => complain(`an operation that is ${status} has a lease`, [id])),
    ...operations
      .filter(({ isOverdue }) => isOverdue)
      .map(({ id }) => complain('an operation runs past its deadline', [id])),
    ...heldDeviceLanes.map(({ siteId, workerId }) => complain(`devices are held by ${workerId}`, [siteId])),
    ...items
      .filter(({ status, operationId }) => status === 'pending' && ended.has(operationId))
      .map(({ operationId, deviceId }) =>
        complain('a device waits for an operation that has ended', [operationId, deviceId]),
      ),
    ...(outboxRows === 0 ? [] : [complain(`the outbox holds ${outboxRows} messages`)]),
    ...queues
      .filter(({ name, ready, unacknowledged }) => isWork(name) && ready + unacknowledged > 0)
      .map(({ name, ready, unacknowledged }) =>
        complain(`${name} holds ${ready} messages and ${unacknowledged} unacknowledged ones`),
      ),
  ];
}

const complain = (message: string, ids: string[] = []): Violation => ({ invariant: INVARIANT, message, ids });

const isWork = (name: string): boolean => !name.endsWith('.dead');
