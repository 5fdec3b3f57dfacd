import { metricsRegistry } from '@app/runtime';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadLetterOf, FakeDeadLetters } from '../testing/fake-dead-letters.js';
import { FakeVendorStates } from '../testing/fake-vendor-states.js';
import { FakeWorkers, Refusal, workerOf } from '../testing/fakes.js';
import { LedgerMetrics } from './ledger-metrics.js';

let workers: FakeWorkers;
let deadLetters: FakeDeadLetters;
let vendors: FakeVendorStates;
let metrics: LedgerMetrics;
beforeEach(() => {
  Logger.overrideLogger(false);
  workers = new FakeWorkers();
  deadLetters = new FakeDeadLetters();
  vendors = new FakeVendorStates();
  metrics = new LedgerMetrics(workers, deadLetters, vendors);
  metrics.onModuleInit();
});
afterEach(() => {
  vi.useRealTimers();
  metrics.onModuleDestroy();
});

const scrape = async (): Promise<string[]> =>
  (await metricsRegistry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('what the ledger knows, scraped', () => {
  it('is how many workers are in each state, the empty states too', async () => {
    workers.workers.push(workerOf(), workerOf({ id: '2' }), workerOf({ id: '3', state: 'dead' }));
    expect(await scrape()).toEqual([
      'sitewright_workers{app="tf-executor",state="alive"} 2',
      'sitewright_workers{app="tf-executor",state="draining"} 0',
      'sitewright_workers{app="tf-executor",state="stopped"} 0',
      'sitewright_workers{app="tf-executor",state="dead"} 1',
    ]);
  });

  it('is how many dead letters of a kind are open, as it is at that moment', async () => {
    deadLetters.add(
      deadLetterOf(),
      deadLetterOf({ id: '2' }),
      deadLetterOf({ id: '3', reason: 'unexpected' }),
    );
    expect(await scrape()).toEqual([
      'sitewright_dead_letters_open{vendor="cato",lane="site",reason="transient"} 2',
      'sitewright_dead_letters_open{vendor="cato",lane="site",reason="unexpected"} 1',
    ]);
    deadLetters.deadLetters.clear();
    expect(await scrape()).toEqual([]);
  });

  it('is which vendor accounts count as down, without the customers’ names', async () => {
    const breaker = {
      vendorAccountId: '01990000-0000-7000-8000-0000000000a1',
      family: 'devices',
      vendor: 'cato',
      accountId: '4711',
      state: 'closed',
      since: new Date(0),
      probeAt: null,
      failedProbes: 0,
      error: { code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true },
    } as const;
    vendors.broken.push({ ...breaker, state: 'open' }, breaker, {
      ...breaker,
      family: 'sites',
      state: 'half_open',
    });
    expect(await scrape()).toEqual([
      'sitewright_breaker_state{vendor="cato",account_id="4711",family="devices"} 2',
      'sitewright_breaker_state{vendor="cato",account_id="4711",family="sites"} 1',
    ]);
  });

  it('is absent while the database is away, and the rest is there', async () => {
    workers.workers.push(workerOf());
    deadLetters.add(deadLetterOf());
    await scrape();
    deadLetters.failure = new Refusal('DATABASE_UNAVAILABLE');
    expect(await scrape()).toHaveLength(4);
    deadLetters.failure = undefined;
    expect(await scrape()).toHaveLength(5);
  });

  it('keeps no scrape waiting for a database that hangs, and asks it once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = Promise.withResolvers<void>();
    workers.before = () => answer.promise;
    workers.workers.push(workerOf());
    deadLetters.add(deadLetterOf());
    const scrapes = [scrape(), scrape()];
    await vi.advanceTimersByTimeAsync(2_000);
    scrapes.push(scrape());
    await vi.advanceTimersByTimeAsync(2_000);
    for (const lines of await Promise.all(scrapes)) expect(lines).toHaveLength(1);
    expect(workers.looks).toBe(1);
    answer.resolve();
    expect(await scrape()).toHaveLength(5);
  });

  it("is the newest gateway's, of several in one process", async () => {
    const others = new FakeWorkers();
    others.workers.push(workerOf({ app: 'other' }));
    const newer = new LedgerMetrics(others, new FakeDeadLetters(), new FakeVendorStates());
    newer.onModuleInit();
    metrics.onModuleDestroy();
    expect(await scrape()).toContain('sitewright_workers{app="other",state="alive"} 1');
    newer.onModuleDestroy();
    expect(await scrape()).toEqual([]);
  });
});
