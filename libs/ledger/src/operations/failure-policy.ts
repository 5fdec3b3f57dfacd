import type { DeadLetterReason, OperationError } from '@app/contracts';
import { AppError, failureReport } from '@app/runtime';

/** What kind of failure a run met; it alone decides what happens next. */
export type FailureClass =
  /** The vendor's rate limit. */
  | 'rate_limited'
  /** It may pass: the vendor's 5xx, a connection, a timeout. */
  | 'transient'
  /** Somebody said no, and will say no again. */
  | 'permanent'
  /** Not foreseen: a bug of ours. */
  | 'unexpected';

/** How retries of an operation are spaced, and how many there are. */
export interface RetryLadder {
  firstWaitMs: number;
  longestWaitMs: number;
  /** Tries in all, the first one included. */
  maxTries: number;
  /** How long a call may still take effect at the vendor after its caller is gone. */
  settleMs: number;
}

export interface FailedTry {
  error: unknown;
  /** Tries of the operation since it was last asked for, this one included. */
  tries: number;
  ladder: RetryLadder;
  /** 0 to 1, for jitter. */
  random: () => number;
}

export type FailureVerdict = { error: OperationError; failureClass: FailureClass } & (
  { kind: 'retry'; delayMs: number } | { kind: 'fail' } | { kind: 'dead_letter'; reason: DeadLetterReason }
);

/** Each wait is so many times as long as the one before it. */
const GROWTH = 3;

export function failureClassOf(error: unknown): FailureClass {
  if (!(error instanceof AppError)) return 'unexpected';
  if (error.code === 'VENDOR_RATE_LIMITED') return 'rate_limited';
  if (error.code === 'INTERNAL') return 'unexpected';
  return error.retryable ? 'transient' : 'permanent';
}

/**
 * What becomes of an operation whose run failed. Only what may pass is tried again, and only what nobody understands
 * or what would not pass is dead-lettered: the vendor's refusal is an answer, and its operation simply fails.
 */
export function failureVerdict({ error, tries, ladder, random }: FailedTry): FailureVerdict {
  const failureClass = failureClassOf(error);
  const failure = { error: failureReport(error), failureClass };
  switch (failureClass) {
    case 'permanent':
      return { ...failure, kind: 'fail' };
    case 'unexpected':
      return { ...failure, kind: 'dead_letter', reason: 'unexpected' };
    case 'rate_limited':
    case 'transient':
      break;
  }
  if (tries >= ladder.maxTries) return { ...failure, kind: 'dead_letter', reason: failureClass };
  return { ...failure, kind: 'retry', delayMs: waitMs(error, tries, ladder, random) };
}

/** A little less than the ladder says, by chance, so that what failed together does not come back together. */
function waitMs(error: unknown, tries: number, ladder: RetryLadder, random: () => number): number {
  const whole = Math.min(ladder.longestWaitMs, ladder.firstWaitMs * GROWTH ** Math.max(tries - 1, 0));
  return Math.max(Math.round(whole * (0.75 + 0.25 * random())), retryAfterMs(error));
}

/** When the vendor has said how long to wait, nothing shorter helps. */
function retryAfterMs(error: unknown): number {
  const given = error instanceof AppError ? error.details?.['retryAfterMs'] : undefined;
  return typeof given === 'number' && given > 0 ? Math.ceil(given) : 0;
}
