import { LeaseLost, OutOfBudget, VendorBusy, VendorCallFailed, VendorPaused } from '@app/ledger';
import { describe, expect, it } from 'vitest';
import { isDeadLettered, roundVerdicts, type FailedRound } from './round-verdicts.js';

const away = new VendorCallFailed({ code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true });
const busy = { code: 'VENDOR_UNAVAILABLE', message: 'd1 is busy', retryable: true, isBusy: true } as const;
const aborted = new DOMException('aborted', 'AbortError');

const verdicts = (round: Partial<FailedRound>) =>
  roundVerdicts({
    error: away,
    stopReason: undefined,
    operations: [{ operationId: 'a', attempt: 0, ladderStart: 0 }],
    ladder: { firstWaitMs: 10_000, longestWaitMs: 1_800_000, maxTries: 7, settleMs: 0 },
    random: () => 1,
    ...round,
  });

describe('what becomes of the operations of a round', () => {
  it.each<[string, Partial<FailedRound>, object]>([
    [
      'a passing fault is tried again later',
      {},
      { kind: 'retry', reason: 'retry', isTry: true, delayMs: 10_000 },
    ],
    [
      'the vendor says how long to wait',
      {
        error: new VendorCallFailed({
          code: 'VENDOR_RATE_LIMITED',
          message: 'too many',
          retryable: true,
          retryAfterMs: 60_000,
        }),
      },
      { kind: 'retry', reason: 'retry', delayMs: 60_000 },
    ],
    [
      'a final fault fails them',
      { error: new VendorCallFailed({ code: 'VENDOR_AUTH_FAILED', message: 'no', retryable: false }) },
      { kind: 'fail', error: { code: 'VENDOR_AUTH_FAILED' } },
    ],
    [
      'what nobody foresaw is a dead letter',
      { error: new TypeError('secret-canary') },
      { kind: 'dead_letter', reason: 'unexpected', error: { message: 'an unexpected error occurred' } },
    ],
    [
      'no budget is no try',
      { error: new OutOfBudget('a round', 1_500) },
      { kind: 'retry', reason: 'budget', isTry: false, delayMs: 1_500 },
    ],
    [
      'a vendor that is not called is no try',
      { error: new VendorPaused(2_500) },
      { kind: 'retry', reason: 'breaker', isTry: false, delayMs: 2_500 },
    ],
    [
      'nor is a call to one that counts as down, however many there were',
      { breakerWaitMs: 700, operations: [{ operationId: 'a', attempt: 9, ladderStart: 0 }] },
      { kind: 'retry', reason: 'breaker', isTry: false, delayMs: 700 },
    ],
    [
      'a vendor that is still at work on them is no try, however often',
      {
        error: new VendorBusy(busy),
        operations: [{ operationId: 'a', attempt: 9, ladderStart: 0 }],
      },
      { kind: 'retry', reason: 'busy', isTry: false, delayMs: 10_000, error: { message: 'd1 is busy' } },
    ],
    [
      'or as late as it says',
      { error: new VendorBusy({ ...busy, retryAfterMs: 30_000 }) },
      { kind: 'retry', reason: 'busy', delayMs: 30_000 },
    ],
    [
      'a worker that stops hands them on at once',
      { error: aborted, stopReason: 'drain' },
      { kind: 'retry', reason: 'interrupted', isTry: false, delayMs: 0, error: { code: 'WORK_INTERRUPTED' } },
    ],
    [
      'what failed before the worker was stopped counts as what it is',
      { stopReason: 'drain' },
      { kind: 'retry', reason: 'retry', isTry: true },
    ],
  ])('%s', (_claim, round, expected) =>
    expect(verdicts(round)).toMatchObject([{ operationId: 'a', ...expected }]),
  );

  it('each operation has tries of its own', () => {
    const operations = [
      { operationId: 'new', attempt: 0, ladderStart: 0 },
      { operationId: 'old', attempt: 6, ladderStart: 0 },
      { operationId: 'asked again', attempt: 6, ladderStart: 6 },
    ];
    const found = verdicts({ operations });
    expect(found?.map(({ kind }) => kind)).toEqual(['retry', 'dead_letter', 'retry']);
    expect(isDeadLettered(found, { operationId: 'old' })).toBe(true);
    expect(isDeadLettered(found, { operationId: 'new' })).toBe(false);
  });

  it('what was tried together is tried together again', () => {
    let chance = 0;
    const random = () => (chance += 0.3);
    const operations = ['a', 'b', 'c'].map((operationId) => ({ operationId, attempt: 1, ladderStart: 0 }));
    const delays = verdicts({ operations, random })?.map(
      (verdict) => 'delayMs' in verdict && verdict.delayMs,
    );
    expect(new Set(delays).size).toBe(1);
  });

  it.each([
    ['a lost lease', { stopReason: 'lease_lost' as const }],
    ['a refused write', { error: new LeaseLost('stale') }],
  ])('%s leaves everything to the next holder', (_what, round) => expect(verdicts(round)).toBeUndefined());
});
