import type { Snapshot, Violation } from '../snapshot.js';

const INVARIANT = 'dead letters';

/** Reasons that no fault of a round explains. */
const OURS = new Set(['unexpected', 'unreadable']);

/** What lies in the dead-letter queue is in the ledger, and what is open in the ledger lies in the queue. */
export function checkDeadLetters({ deadLetters, operations }: Snapshot): Violation[] {
  if (deadLetters === undefined) return [];
  const { inQueue, rows } = deadLetters;
  const complain = (message: string, id: string | null): Violation => ({
    invariant: INVARIANT,
    message,
    ids: id === null ? [] : [id],
  });
  const recorded = new Set(rows.map(({ operationId }) => operationId));
  const queued = new Set(inQueue);
  const known = new Set(operations.map(({ id }) => id));
  return [
    ...inQueue
      .filter((operationId) => !recorded.has(operationId))
      .map((operationId) => complain('a dead letter is in the queue and not in the ledger', operationId)),
    ...rows
      .filter(({ isOpen, operationId }) => isOpen && !queued.has(operationId))
      .map(({ operationId, reason }) =>
        complain(`a dead letter (${reason}) is open and not in the queue`, operationId),
      ),
    // Nobody publishes anything but what the services do, so no message is a stranger's.
    ...inQueue
      .filter((operationId) => operationId === null)
      .map(() => complain('a dead letter names no operation', null)),
    ...rows
      .filter(({ operationId, isOpen, reason }) => isOpen && OURS.has(reason) && known.has(operationId ?? ''))
      .map(({ operationId, reason }) =>
        complain(`a dead letter is there for a reason of ours: ${reason}`, operationId),
      ),
  ];
}
