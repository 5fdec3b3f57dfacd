import type { ErrorCode } from '@app/contracts';
import { AppError } from '@app/runtime';
import { describe, expect, it } from 'vitest';
import { failureVerdict, type RetryLadder } from './failure-policy.js';

class Failure extends AppError {
  constructor(
    readonly code: ErrorCode,
    retryable: boolean,
    details?: Record<string, unknown>,
  ) {
    super('it failed', { retryable, ...(details && { details }) });
  }
}

const ladder: RetryLadder = { firstWaitMs: 10_000, longestWaitMs: 1_800_000, maxTries: 7, settleMs: 0 };
const verdict = (error: unknown, tries = 1, random = 1) =>
  failureVerdict({ error, tries, ladder, random: () => random });

describe('what becomes of a failed try', () => {
  it.each([
    ['a rate limit is tried again', new Failure('VENDOR_RATE_LIMITED', true), 1, 'retry', 'rate_limited'],
    ['a 5xx is tried again', new Failure('VENDOR_UNAVAILABLE', true), 1, 'retry', 'transient'],
    ['an apply that broke is tried again', new Failure('TF_APPLY_FAILED', true), 6, 'retry', 'transient'],
    ['a refusal fails at once', new Failure('VENDOR_REJECTED', false), 1, 'fail', 'permanent'],
    ['a name that is taken fails at once', new Failure('NAME_TAKEN', false), 1, 'fail', 'permanent'],
    ['a refused login fails at once', new Failure('VENDOR_AUTH_FAILED', false), 1, 'fail', 'permanent'],
    ['a refusal on the last try only fails', new Failure('VENDOR_REJECTED', false), 7, 'fail', 'permanent'],
    ['a bug is dead-lettered at once', new TypeError('x is undefined'), 1, 'dead_letter', 'unexpected'],
    ['something thrown is dead-lettered', 'oops', 1, 'dead_letter', 'unexpected'],
    ['an internal error is a bug', new Failure('INTERNAL', true), 1, 'dead_letter', 'unexpected'],
    ['the last try is dead-lettered', new Failure('VENDOR_UNAVAILABLE', true), 7, 'dead_letter', 'transient'],
    [
      'the last refusal for rate too',
      new Failure('VENDOR_RATE_LIMITED', true),
      7,
      'dead_letter',
      'rate_limited',
    ],
  ])('%s', (_name, error, tries, kind, failureClass) => {
    expect(verdict(error, tries)).toMatchObject({ kind, failureClass });
  });

  it.each([
    [1, 10_000],
    [2, 30_000],
    [3, 90_000],
    [4, 270_000],
    [5, 810_000],
    [6, 1_800_000],
  ])('waits longer after try %i', (tries, delayMs) => {
    const error = new Failure('VENDOR_UNAVAILABLE', true);
    expect(verdict(error, tries)).toMatchObject({ kind: 'retry', delayMs });
    expect(verdict(error, tries, 0)).toMatchObject({ kind: 'retry', delayMs: delayMs * 0.75 });
  });

  it('waits at least as long as the vendor asked', () => {
    const slow = new Failure('VENDOR_RATE_LIMITED', true, { retryAfterMs: 60_000 });
    expect(verdict(slow)).toMatchObject({ delayMs: 60_000 });
    const quick = new Failure('VENDOR_RATE_LIMITED', true, { retryAfterMs: 500 });
    expect(verdict(quick)).toMatchObject({ delayMs: 10_000 });
  });

  it('tells nothing of an error that is not ours', () => {
    expect(JSON.stringify(verdict(new Error('password=hunter2')))).not.toContain('hunter2');
  });
});
