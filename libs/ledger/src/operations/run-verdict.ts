import type { ChangeCounts, OperationError, OperationTimings } from '@app/contracts';
import { failureReport } from '@app/runtime';
import { OutOfBudget } from '../budget/out-of-budget.js';
import { isLeaseLost, type StopReason } from '../workers/run-lease.js';
import type { RunDeferred, RunFailed, SiteClaim } from './claim.js';
import { failureVerdict, type RetryLadder } from './failure-policy.js';

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
  /** This run may have changed something at the vendor. */
  hasReachedApply: boolean;
  ladder: RetryLadder;
  changes: ChangeCounts;
  timings: OperationTimings;
  /** 0 to 1, for jitter. */
  random: () => number;
}

/** Decides by the reason for a stop first, then by the error. */
export function verdictOf(run: FailedRun): Verdict {
  const { error, stopReason, changes, timings } = run;
  if (stopReason === 'lease_lost' || codeOf(error) === 'LEASE_LOST') return { kind: 'abandon' };
  if (stopReason !== undefined && wasStopped(error)) return stopped(stopReason, run);
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

/** An abort shows as Terraform's interruption, or as the error of whatever call was under way. */
const wasStopped = (error: unknown): boolean =>
  error instanceof RunInterrupted || (error instanceof Error && error.name === 'AbortError');

function stopped(reason: Exclude<StopReason, 'lease_lost'>, run: FailedRun): Verdict {
  const { changes, timings } = run;
  const attempt = run.claim.attempt + (run.hasReachedApply ? 1 : 0);
  if (reason === 'drain') {
    const message = 'the executor was stopped; the operation goes on elsewhere';
    const error: OperationError = { code: 'TF_INTERRUPTED', message, retryable: true };
    return { kind: 'defer', deferral: { reason: 'interrupted', delayMs: 0, error, timings, attempt } };
  }
  const status = reason === 'cancelled' ? 'cancelled' : 'timed_out';
  const error = ended(reason === 'cancelled' ? 'TF_CANCELLED' : 'TF_TIMED_OUT', changes);
  return { kind: 'settle', outcome: { status, error, changes, timings, attempt } };
}

function ended(code: 'TF_CANCELLED' | 'TF_TIMED_OUT', changes: ChangeCounts): OperationError {
  const { add, change, remove, replace } = changes;
  const why = code === 'TF_CANCELLED' ? 'cancelled' : 'stopped at its deadline';
  const done =
    add + change + remove + replace === 0
      ? 'nothing had been changed'
      : `${add} added, ${change} changed, ${remove} removed and ${replace} replaced before that`;
  return { code, message: `${why}: ${done}`, retryable: true };
}

const codeOf = (error: unknown): unknown => (error instanceof AppError ? error.code : undefined);
