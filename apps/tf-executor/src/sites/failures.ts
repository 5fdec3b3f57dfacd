import type { ChangeCounts, OperationError, OperationTimings } from '@app/contracts';
import type { RunDeferred, RunFailed } from '@app/ledger';
import { AppError, failureReport } from '@app/runtime';
import { RunInterrupted } from '../terraform/terraform-run.js';
import type { StopReason } from './run-lease.js';

/** What becomes of a run that did not do its work. */
export type Verdict =
  /** The site belongs to somebody else by now: write nothing. */
  { kind: 'abandon' } | { kind: 'defer'; deferral: RunDeferred } | { kind: 'settle'; outcome: RunFailed };

export interface FailedRun {
  error: unknown;
  /** Why the run was told to stop, if it was. */
  stopReason: StopReason | undefined;
  /** Tries that reached the vendor, this one included if it did. */
  attempts: number;
  changes: ChangeCounts;
  timings: OperationTimings;
  /** 0 to 1, for jitter. */
  random: () => number;
}

const SECOND = 1_000;
const FIRST_WAIT_MS = 10 * SECOND;
const LONGEST_WAIT_MS = 30 * 60 * SECOND;
const MAX_TRIES = 7;

/** How long to wait before the next try: three times as long each time, a little less by chance. */
export function backoffMs(attempts: number, random: () => number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 3 ** Math.max(attempts - 1, 0));
  return Math.round(whole * (0.75 + 0.25 * random()));
}

/** Decides by the reason for a stop first, then by the error. */
export function verdictOf(run: FailedRun): Verdict {
  const { error, stopReason, changes, timings } = run;
  if (stopReason === 'lease_lost' || codeOf(error) === 'LEASE_LOST') return { kind: 'abandon' };
  if (stopReason !== undefined && wasStopped(error)) return stopped(stopReason, run);
  const report = failureReport(error);
  if (!(error instanceof AppError)) {
    return {
      kind: 'settle',
      outcome: { status: 'failed', error: report, changes, timings, deadLetter: true },
    };
  }
  if (!report.retryable)
    return { kind: 'settle', outcome: { status: 'failed', error: report, changes, timings } };
  if (run.attempts < MAX_TRIES) {
    const delayMs = backoffMs(run.attempts, run.random);
    return { kind: 'defer', deferral: { reason: 'retry', delayMs, error: report, timings } };
  }
  return { kind: 'settle', outcome: { status: 'failed', error: report, changes, timings, deadLetter: true } };
}

/** An abort shows as Terraform's interruption, or as the error of whatever call was under way. */
const wasStopped = (error: unknown): boolean =>
  error instanceof RunInterrupted || (error instanceof Error && error.name === 'AbortError');

function stopped(reason: Exclude<StopReason, 'lease_lost'>, { changes, timings }: FailedRun): Verdict {
  if (reason === 'drain') {
    const message = 'the executor was stopped; the operation goes on elsewhere';
    const error: OperationError = { code: 'TF_INTERRUPTED', message, retryable: true };
    return { kind: 'defer', deferral: { reason: 'interrupted', delayMs: 0, error, timings } };
  }
  const status = reason === 'cancelled' ? 'cancelled' : 'timed_out';
  const error = ended(reason === 'cancelled' ? 'TF_CANCELLED' : 'TF_TIMED_OUT', changes);
  return { kind: 'settle', outcome: { status, error, changes, timings } };
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
