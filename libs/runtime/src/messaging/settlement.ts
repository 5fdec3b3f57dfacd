/** What is told to the broker about a delivery. `hold` tells it nothing yet. */
export type Settlement = 'ack' | 'reject' | 'requeue' | 'hold';

export type DeliveryOutcome =
  /** The handler returned: whatever there was to record is committed. */
  | { kind: 'handled' }
  /** The handler threw, or the message could not be handed to one. */
  | {
      kind: 'failed';
      error: unknown;
      /** The delivery can be kept and tried again: no drain has begun and it was not held for too long. */
      canHold: boolean;
      /** We told the handler to stop, so its failure says nothing about the message. */
      wasInterrupted: boolean;
    }
  /** It arrived after the drain began. */
  | { kind: 'not_started' };

/** The one place that decides how a delivery is settled. Nobody else acks. */
export function settlementFor(outcome: DeliveryOutcome): Settlement {
  if (outcome.kind === 'handled') return 'ack';
  if (outcome.kind === 'not_started') return 'requeue';
  if (isDatabaseAway(outcome.error)) return outcome.canHold ? 'hold' : 'requeue';
  return outcome.wasInterrupted ? 'requeue' : 'reject';
}

const isDatabaseAway = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'DATABASE_UNAVAILABLE';
