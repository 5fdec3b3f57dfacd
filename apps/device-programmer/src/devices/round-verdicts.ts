import type { OperationReleased } from '@app/contracts';
import {
  busyWaitMs,
  failureVerdict,
  isLeaseLost,
  OutOfBudget,
  VendorBusy,
  VendorPaused,
  wasStopped,
  type DeferredOperation,
  type RetryLadder,
  type StopReason,
  type TakenOperation,
} from '@app/ledger';
import { failureReport } from '@app/runtime';

export interface FailedRound {
  error: unknown;
  /** Why the round was told to stop, if it was. */
  stopReason: StopReason | undefined;
  /** The vendor counts as down, and is tried again after so long. */
  breakerWaitMs?: number | undefined;
  operations: readonly TakenOperation[];
  ladder: RetryLadder;
  /** 0 to 1, for jitter. */
  random: () => number;
}

/** What becomes of each operation of a round that did not come about; undefined: it is for somebody else to say. */
export function roundVerdicts(round: FailedRound): DeferredOperation[] | undefined {
  const { error, stopReason, operations, ladder } = round;
  if (stopReason === 'lease_lost' || isLeaseLost(error)) return undefined;
  const waiting = waitingFor(round);
  if (waiting !== undefined) {
    return operations.map(({ operationId }) => ({ kind: 'retry', isTry: false, operationId, ...waiting }));
  }
  // What was tried together is tried together again.
  const chance = round.random();
  return operations.map(({ operationId, attempt, ladderStart }) => {
    const tries = triesOf({ attempt, ladderStart });
    const verdict = failureVerdict({ error, tries, ladder, random: () => chance });
    return verdict.kind === 'retry'
      ? { ...verdict, reason: 'retry', isTry: true, operationId }
      : { ...verdict, operationId };
  });
}

/** Tries of an operation since it was last asked for, this one included. */
export const triesOf = ({ attempt, ladderStart }: Pick<TakenOperation, 'attempt' | 'ladderStart'>): number =>
  attempt + 1 - ladderStart;

/** The message's own operation is dead-lettered, and with it goes the message. */
export const isDeadLettered = (
  verdicts: readonly DeferredOperation[] | undefined,
  { operationId }: Pick<OperationReleased, 'operationId'>,
): boolean =>
  verdicts?.some((verdict) => verdict.operationId === operationId && verdict.kind === 'dead_letter') ?? false;

/** What has nothing to do with the operations themselves, and spends none of their tries. */
function waitingFor({ error, stopReason, breakerWaitMs, ladder }: FailedRound) {
  if (stopReason === 'drain' && wasStopped(error)) {
    const message = 'the worker was stopped; the devices go on elsewhere';
    const interrupted = { code: 'WORK_INTERRUPTED', message, retryable: true } as const;
    // The call that was cut off may still take effect: the next round is to see it.
    return { reason: 'interrupted', delayMs: ladder.settleMs, error: interrupted } as const;
  }
  if (error instanceof OutOfBudget) {
    return { reason: 'budget', delayMs: error.waitMs, error: failureReport(error) } as const;
  }
  if (error instanceof VendorBusy) {
    return { reason: 'busy', delayMs: busyWaitMs(error, ladder), error: failureReport(error) } as const;
  }
  const delayMs = error instanceof VendorPaused ? error.waitMs : breakerWaitMs;
  if (delayMs !== undefined) return { reason: 'breaker', delayMs, error: failureReport(error) } as const;
  return undefined;
}
