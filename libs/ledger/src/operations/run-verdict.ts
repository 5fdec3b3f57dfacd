import type { ChangeCounts, OperationError, OperationTimings } from '@app/contracts';
import { failureReport } from '@app/runtime';
import { VendorPaused } from '../breakers/vendor-paused.js';
import { OutOfBudget } from '../budget/out-of-budget.js';
import { isLeaseLost, wasStopped, type StopReason } from '../workers/run-lease.js';
import type { RunDeferred, RunFailed, SiteClaim } from './claim.js';
import { failureVerdict, type RetryLadder } from './failure-policy.js';
import { busyWaitMs, VendorBusy } from './vendor-busy.js';

/** What becomes of a run that did not do its work. */
export type Verdict =
  /** The site belongs to somebody else by now: write nothing. */
  { kind: 'abandon' } | { kind: 'defer'; deferral: RunDeferred } | { kind: 'settle'; outcome: RunFailed };

export interface FailedRun {
  error: unknown;
  /** Why the run was told to stop, if it was. */
  stopReason: StopReason | undefined;
  /** The operation's tries before this run, and those of them that do not count any more. */
  claim: Pick<SiteClaim, 'attempt' | 'ladderStart'>;
  /** What does the work, as the codes of errors call it: Terraform, or we ourselves. */
  by: 'TF' | 'WORK';
  /** The vendor counts as down, and is tried again after so long. */
  breakerWaitMs?: number | undefined;
  /** This run may have changed something at the vendor. */
  hasReachedApply: boolean;
  /** The vendor may not have answered its last call: it was killed or interrupted in the middle. */
  wasCutOff: boolean;
  ladder: RetryLadder;
  changes: ChangeCounts;
  timings: OperationTimings;
  /** 0 to 1, for jitter. */
  random: () => number;
}

/** Decides by the reason for a stop first, then by the error. */
export function verdictOf(run: FailedRun): Verdict {
  const verdict = decide(run);
  if (!run.hasReachedApply || !run.wasCutOff) return verdict;
  // Who looked at once would not see what is still on its way, and would do it again.
  const { settleMs } = run.ladder;
  switch (verdict.kind) {
    case 'abandon':
      return verdict;
    case 'defer':
      return { ...verdict, deferral: { ...verdict.deferral, settleMs } };
    case 'settle':
      break;
  }
  return { ...verdict, outcome: { ...verdict.outcome, settleMs } };
}

function decide(run: FailedRun): Verdict {
  const { error, stopReason, changes, timings } = run;
  if (stopReason === 'lease_lost' || isLeaseLost(error)) return { kind: 'abandon' };
  if (stopReason !== undefined && wasStopped(error)) return stopped(stopReason, run);
  const waiting = waitingFor(run);
  if (waiting !== undefined) {
    const attempt = run.claim.attempt + (run.hasReachedApply ? 1 : 0);
    return { kind: 'defer', deferral: { ...waiting, error: failureReport(error), timings, attempt } };
  }
  const attempt = run.claim.attempt + 1;
  const verdict = failureVerdict({
    error,
    tries: attempt - run.claim.ladderStart,
    ladder: run.ladder,
    random: run.random,
  });
  if (verdict.kind === 'retry') {
    const { delayMs } = verdict;
    return { kind: 'defer', deferral: { reason: 'retry', delayMs, error: verdict.error, timings, attempt } };
  }
  return {
    kind: 'settle',
    outcome: {
      status: 'failed',
      error: verdict.error,
      changes,
      timings,
      attempt,
      ...(verdict.kind === 'dead_letter' && { deadLetter: verdict.reason }),
    },
  };
}

/** What has nothing to do with the operation itself, and spends none of its tries. */
function waitingFor({
  error,
  breakerWaitMs,
  ladder,
}: FailedRun): Pick<RunDeferred, 'reason' | 'delayMs'> | undefined {
  if (error instanceof OutOfBudget) return { reason: 'budget', delayMs: error.waitMs };
  if (error instanceof VendorPaused) return { reason: 'breaker', delayMs: error.waitMs };
  if (error instanceof VendorBusy) return { reason: 'busy', delayMs: busyWaitMs(error, ladder) };
  if (breakerWaitMs !== undefined) return { reason: 'breaker', delayMs: breakerWaitMs };
  return undefined;
}

function stopped(reason: Exclude<StopReason, 'lease_lost'>, run: FailedRun): Verdict {
  const { by, changes, timings } = run;
  const attempt = run.claim.attempt + (run.hasReachedApply ? 1 : 0);
  if (reason === 'drain') {
    const message = 'the worker was stopped; the operation goes on elsewhere';
    const error: OperationError = { code: `${by}_INTERRUPTED`, message, retryable: true };
    return { kind: 'defer', deferral: { reason: 'interrupted', delayMs: 0, error, timings, attempt } };
  }
  const status = reason === 'cancelled' ? 'cancelled' : 'timed_out';
  const code = reason === 'cancelled' ? (`${by}_CANCELLED` as const) : (`${by}_TIMED_OUT` as const);
  return {
    kind: 'settle',
    outcome: { status, error: ended(reason, code, changes), changes, timings, attempt },
  };
}

function ended(
  reason: 'cancelled' | 'deadline',
  code: OperationError['code'],
  { add, change, remove, replace }: ChangeCounts,
): OperationError {
  const why = reason === 'cancelled' ? 'cancelled' : 'stopped at its deadline';
  const done =
    add + change + remove + replace === 0
      ? 'nothing had been changed'
      : `${add} added, ${change} changed, ${remove} removed and ${replace} replaced before that`;
  return { code, message: `${why}: ${done}`, retryable: true };
}
