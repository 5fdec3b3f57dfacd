import type { DeadLettersFound, Snapshot, Violation } from '../snapshot.js';

const INVARIANT = 'dead letters';

/** Reasons that no fault of a round explains: nobody publishes anything but the services, and they know what. */
const OURS = new Set(['unexpected', 'unreadable']);

type Message = DeadLettersFound['inQueue'][number];
type Row = DeadLettersFound['rows'][number];

/**
 * What lies in a dead-letter queue is in the ledger, and what is open in the ledger lies in a queue. Devices are done
 * together, whoever's message it was that began with them: not every dead letter of theirs has a message.
 */
export function checkDeadLetters({ deadLetters }: Snapshot): Violation[] {
  if (deadLetters === undefined) return [];
  const { inQueue, rows } = deadLetters;
  return [
    ...inQueue
      .filter((message) => !rows.some((row) => isOf(row, message)))
      .map((message) =>
        complain(`a dead letter is in the queue and not in the ledger: ${message.death}`, message),
      ),
    ...rows
      .filter((row) => row.isOpen && !row.isOfDevices && !inQueue.some((message) => isOf(row, message)))
      .map((row) => complain(`a dead letter (${row.reason}) is open and not in the queue`, row)),
    ...rows
      .filter(({ isOpen, reason }) => isOpen && OURS.has(reason))
      .map((row) => complain(`a dead letter is there for a reason of ours: ${row.reason}`, row)),
  ];
}

const complain = (message: string, { operationId, contentHash }: Message | Row): Violation => ({
  invariant: INVARIANT,
  message,
  ids: [operationId, contentHash].filter((id) => id !== null),
});

/** A row is of an operation, or of one message that belongs to none. */
const isOf = (row: Row, message: Message): boolean =>
  row.operationId === null
    ? row.contentHash === message.contentHash
    : row.operationId === message.operationId;
