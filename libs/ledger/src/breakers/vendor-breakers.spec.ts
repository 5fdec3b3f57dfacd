import { AppError } from '@app/runtime';
import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OutOfBudget } from '../budget/out-of-budget.js';
import type { Admission, BreakerOpening, BreakerStore } from './breakers.js';
import { VendorBreakers, type BreakerSettings } from './vendor-breakers.js';
import { VendorBusy } from '../operations/vendor-busy.js';
import { VendorPaused } from './vendor-paused.js';

class Fault extends AppError {
  constructor(
    readonly code: 'VENDOR_UNAVAILABLE' | 'VENDOR_REJECTED' | 'VENDOR_RATE_LIMITED' | 'DATABASE_UNAVAILABLE',
  ) {
    super(code, { retryable: true });
  }
}
const busy = new VendorBusy({
  code: 'VENDOR_UNAVAILABLE',
  message: 'd1 is busy',
  retryable: true,
  isBusy: true,
});
const away = new Fault('VENDOR_UNAVAILABLE');

/** The ledger's part, by hand. */
class FakeStore implements BreakerStore {
  state: Admission = { kind: 'closed' };
  openings: BreakerOpening[] = [];
  isAway = false;
  isClosedToWrites = false;

  breakers = () => Promise.resolve([]);

  admission(): Promise<Admission> {
    if (this.isAway) return Promise.reject(new Fault('DATABASE_UNAVAILABLE'));
    return Promise.resolve(this.state);
  }

  open(_endpoints: object, opening: BreakerOpening): Promise<{ waitMs: number; hasOpened: boolean }> {
    if (this.isClosedToWrites) return Promise.reject(new Fault('DATABASE_UNAVAILABLE'));
    this.openings.push(opening);
    this.state = { kind: 'refused', waitMs: opening.probeAfterMs };
    return Promise.resolve({ waitMs: opening.probeAfterMs, hasOpened: true });
  }

  close(): Promise<boolean> {
    this.state = { kind: 'closed' };
    return Promise.resolve(true);
  }
}

const endpoints = { vendorAccountId: 'account', family: 'sites' } as const;
const settings: BreakerSettings = {
  isOn: true,
  calls: 4,
  failuresPercent: 50,
  windowMs: 60_000,
  probeAfterMs: 10_000,
  longestWaitMs: 60_000,
};

let breakers: VendorBreakers;
let store: FakeStore;
function open(changes: Partial<BreakerSettings> = {}): void {
  store = new FakeStore();
  breakers = new VendorBreakers(store, { ...settings, ...changes });
}
beforeAll(() => Logger.overrideLogger(false));
afterEach(() => breakers.onApplicationShutdown());

const call = (error: unknown, over: Partial<Parameters<VendorBreakers['ended']>[1]> = {}) =>
  breakers.ended(endpoints, { admission: 'closed', error, isLastTry: false, ...over });
const calls = async (errors: readonly unknown[]) => {
  let waitMs: number | undefined;
  for (const error of errors) waitMs = await call(error);
  return waitMs;
};

describe('the breakers of vendors', () => {
  it('open when most of enough calls have failed', async () => {
    open();
    expect(await calls([away, away, away])).toBeUndefined();
    expect(await call(away)).toBe(10_000);
    expect(store.openings).toMatchObject([{ wasProbe: false, error: { code: 'VENDOR_UNAVAILABLE' } }]);
  });

  it.each([
    ['answers between the failures', undefined],
    ['a refusal: the vendor is there to say no', new Fault('VENDOR_REJECTED')],
    ['a rate limit', new Fault('VENDOR_RATE_LIMITED')],
    ['being at work on it still', busy],
  ])('stay closed for %s', async (_what, answer) => {
    open();
    expect(await calls([away, answer, answer, away, answer, away, answer, away])).toBeUndefined();
    expect(store.openings).toEqual([]);
  });

  it('open for an operation’s last try if nothing but failures was seen', async () => {
    open();
    await call(away);
    expect(await call(away, { isLastTry: true })).toBe(10_000);
  });

  it('do not stand in the way of a dead letter when others get through', async () => {
    open();
    await calls([away, undefined]);
    expect(await call(away, { isLastTry: true })).toBeUndefined();
  });

  it('have what fails behind an open one wait too, and leave it as it is', async () => {
    open();
    store.state = { kind: 'refused', waitMs: 700 };
    expect(await call(away)).toBe(700);
    expect(store.openings).toEqual([]);
    await expect(breakers.admit(endpoints, ['operation'])).rejects.toThrow(VendorPaused);
  });

  it('close when the probe got an answer, even a refusal', async () => {
    open();
    store.state = { kind: 'probe' };
    const admission = await breakers.admit(endpoints, ['operation']);
    expect(admission).toBe('probe');
    expect(await call(new Fault('VENDOR_REJECTED'), { admission })).toBeUndefined();
    expect(store.state).toEqual({ kind: 'closed' });
  });

  it('stay open when the probe failed', async () => {
    open();
    expect(await call(away, { admission: 'probe' })).toBe(10_000);
    expect(store.openings).toMatchObject([{ wasProbe: true }]);
  });

  it.each([
    ['had no budget', new OutOfBudget('a call', 1_000)],
    ['was interrupted', new DOMException('aborted', 'AbortError')],
  ])('learn nothing from a probe that %s', async (_what, error) => {
    open();
    store.state = { kind: 'probe' };
    expect(await call(error, { admission: 'probe' })).toBeUndefined();
    expect(store.state).toEqual({ kind: 'probe' });
  });

  it('stand in nobody’s way while the ledger is away', async () => {
    open();
    store.isAway = true;
    expect(await calls([away, away, away, away, away])).toBeUndefined();
  });

  it('tell the ledger of an outage as soon as it is there again', async () => {
    open();
    store.isClosedToWrites = true;
    expect(await calls([away, away, away, away])).toBeUndefined();
    store.isClosedToWrites = false;
    expect(await call(away)).toBe(10_000);
  });

  it('forget an outage that the ledger never heard of when it is over', async () => {
    open();
    store.isClosedToWrites = true;
    await calls([away, away, away, away, undefined]);
    store.isClosedToWrites = false;
    expect(await call(away)).toBeUndefined();
  });

  it('that are off ask nobody and open for nothing', async () => {
    open({ isOn: false });
    store.isAway = true;
    expect(await breakers.admit(endpoints, [])).toBe('closed');
    expect(await calls([away, away, away, away, away])).toBeUndefined();
  });
});
