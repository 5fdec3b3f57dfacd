import { AppError } from '@app/runtime';
import { describe, expect, it } from 'vitest';
import { OutOfBudget } from '../budget/out-of-budget.js';
import { RunInterrupted } from '../workers/run-lease.js';
import { verdictOf, type FailedRun } from './run-verdict.js';
import { VendorBusy } from './vendor-busy.js';

class Passing extends AppError {
  readonly code = 'VENDOR_UNAVAILABLE';
  constructor() {
    super('the vendor is away', { retryable: true });
  }
}
class Final extends AppError {
  readonly code = 'VENDOR_REJECTED';
}
class LeaseLost extends AppError {
  readonly code = 'LEASE_LOST';
}

const busy = {
  code: 'VENDOR_UNAVAILABLE',
  message: 'the template is locked',
  retryable: true,
  isBusy: true,
} as const;

const verdict = (run: Partial<FailedRun>) =>
  verdictOf({
    error: new Passing(),
    stopReason: undefined,
    claim: { attempt: 0, ladderStart: 0 },
    by: 'TF',
    hasReachedApply: true,
    wasCutOff: false,
    ladder: { firstWaitMs: 10_000, longestWaitMs: 1_800_000, maxTries: 7, settleMs: 5_000 },
    changes: { add: 1, change: 0, remove: 0, replace: 0 },
    timings: { applyMs: 5 },
    random: () => 1,
    ...run,
  });

describe('what becomes of a run that failed', () => {
  const aborted = new DOMException('aborted', 'AbortError');
  it.each<[string, Partial<FailedRun>, object]>([
    [
      'a passing fault is tried again later',
      {},
      {
        kind: 'defer',
        deferral: { reason: 'retry', delayMs: 10_000, error: { code: 'VENDOR_UNAVAILABLE' } },
      },
    ],
    [
      'the sixth try is still followed by another',
      { claim: { attempt: 5, ladderStart: 0 } },
      { kind: 'defer', deferral: { delayMs: 1_800_000, attempt: 6 } },
    ],
    [
      'the seventh try is the last, and a dead letter',
      { claim: { attempt: 6, ladderStart: 0 } },
      {
        kind: 'settle',
        outcome: {
          status: 'failed',
          deadLetter: 'transient',
          attempt: 7,
          error: { code: 'VENDOR_UNAVAILABLE' },
        },
      },
    ],
    [
      'an operation that was asked for again has all its tries before it',
      { claim: { attempt: 7, ladderStart: 7 } },
      { kind: 'defer', deferral: { delayMs: 10_000, attempt: 8 } },
    ],
    [
      'a final fault is final, and no dead letter',
      { error: new Final('no') },
      {
        kind: 'settle',
        outcome: { status: 'failed', error: { code: 'VENDOR_REJECTED' }, changes: { add: 1 } },
      },
    ],
    [
      'an unexpected error is a dead letter that does not quote it',
      { error: new TypeError('cannot read secret-canary') },
      {
        kind: 'settle',
        outcome: {
          status: 'failed',
          deadLetter: 'unexpected',
          error: { code: 'INTERNAL', message: 'an unexpected error occurred' },
        },
      },
    ],
    [
      'a worker that stops hands the run on at once',
      { error: new RunInterrupted(), stopReason: 'drain' },
      {
        kind: 'defer',
        deferral: { reason: 'interrupted', delayMs: 0, attempt: 1, error: { code: 'TF_INTERRUPTED' } },
      },
    ],
    [
      'what a run was cut off from may still take effect: nobody looks before it has settled',
      { error: new RunInterrupted(), stopReason: 'drain', wasCutOff: true },
      { kind: 'defer', deferral: { reason: 'interrupted', settleMs: 5_000 } },
    ],
    [
      'the same after its deadline',
      { error: aborted, stopReason: 'deadline', wasCutOff: true },
      { kind: 'settle', outcome: { status: 'timed_out', settleMs: 5_000 } },
    ],
    [
      'a run that was handed on before it touched the vendor was no try',
      { error: new RunInterrupted(), stopReason: 'drain', hasReachedApply: false },
      { kind: 'defer', deferral: { reason: 'interrupted', attempt: 0 } },
    ],
    [
      'while the vendor counts as down the run waits for it',
      { breakerWaitMs: 7_000, claim: { attempt: 6, ladderStart: 0 } },
      {
        kind: 'defer',
        deferral: { reason: 'breaker', delayMs: 7_000, attempt: 7, error: { code: 'VENDOR_UNAVAILABLE' } },
      },
    ],
    [
      'a run without budget waits for it, and was no try',
      { error: new OutOfBudget('listSites', 3_000), hasReachedApply: false },
      { kind: 'defer', deferral: { reason: 'budget', delayMs: 3_000, attempt: 0 } },
    ],
    [
      'a site that the vendor is still at work on is looked at again later, however often',
      { error: new VendorBusy(busy), claim: { attempt: 9, ladderStart: 0 } },
      {
        kind: 'defer',
        deferral: { reason: 'busy', delayMs: 10_000, error: { message: 'the template is locked' } },
      },
    ],
    [
      'work of our own is not called Terraform',
      { error: aborted, stopReason: 'deadline', by: 'WORK' },
      { kind: 'settle', outcome: { status: 'timed_out', error: { code: 'WORK_TIMED_OUT' } } },
    ],
    [
      'a cancelled run says what it has changed',
      { error: new RunInterrupted(), stopReason: 'cancelled' },
      {
        kind: 'settle',
        outcome: {
          status: 'cancelled',
          error: {
            code: 'TF_CANCELLED',
            message: 'cancelled: 1 added, 0 changed, 0 removed and 0 replaced before that',
          },
        },
      },
    ],
    [
      'a run at its deadline has timed out',
      { error: aborted, stopReason: 'deadline' },
      { kind: 'settle', outcome: { status: 'timed_out', error: { code: 'TF_TIMED_OUT' } } },
    ],
    [
      'a fault that was there before the stop counts as what it is',
      { error: new Final('no'), stopReason: 'cancelled' },
      { kind: 'settle', outcome: { status: 'failed', error: { code: 'VENDOR_REJECTED' } } },
    ],
    ['a lost lease leaves everything to its next holder', { stopReason: 'lease_lost' }, { kind: 'abandon' }],
    ['a refused write of the ledger too', { error: new LeaseLost('stale') }, { kind: 'abandon' }],
  ])('%s', (_claim, run, expected) => expect(verdict(run)).toMatchObject(expected));

  it('is no dead letter when it is final', () => {
    expect(verdict({ error: new Final('no') })).not.toHaveProperty('outcome.deadLetter');
  });
});
