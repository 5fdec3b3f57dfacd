import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDataSource,
  Database,
  OutOfBudget,
  VendorBudget,
  type BudgetRequest,
  type Reservation,
  type VendorBudgetSettings,
} from '@app/ledger';
import { VendorFaultError, type RateWindow, type VendorLimits } from '@app/vendors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSimulators } from '../../sandbox/simulators.js';
import { createTestDatabase, type TestDatabase } from '../support/services.js';

const limited = (...windows: RateWindow[]): VendorLimits => ({ operations: { read: windows } });
const perSecond = (calls: number): RateWindow => ({ calls, windowMs: 1_000 });

const request = (over: Partial<BudgetRequest> = {}): BudgetRequest => ({
  budget: { vendor: 'cato', baseUrl: 'http://vendor.test/api', accountId: 'shared' },
  needs: { read: 1 },
  limits: limited(perSecond(5)),
  priority: 'edit',
  holder: randomUUID(),
  ...over,
});
/** Requests to an account of their own. */
const account = (over: Partial<BudgetRequest> = {}) => {
  const budget = { ...request().budget, accountId: randomUUID() };
  return (more: Partial<BudgetRequest> = {}) => request({ budget, ...over, ...more });
};
async function reserved(budget: VendorBudget, wanted: BudgetRequest): Promise<Reservation> {
  const outcome = await budget.reserve(wanted);
  if (outcome.kind === 'refused') throw new Error(`refused for ${outcome.waitMs} ms`);
  return outcome.reservation;
}
async function refused(budget: VendorBudget, wanted: BudgetRequest): Promise<number> {
  const outcome = await budget.reserve(wanted);
  if (outcome.kind === 'reserved') throw new Error('it was reserved');
  return outcome.waitMs;
}
const use = (reservation: Reservation, operation = 'read') =>
  reservation.meter.call(operation, async () => undefined);

const slowDown = (retryAfterMs?: number) =>
  new VendorFaultError({
    code: 'VENDOR_RATE_LIMITED',
    message: 'slow down',
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

describe('the vendor budget', () => {
  let testDatabase: TestDatabase;
  const opened: Database[] = [];

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
  });
  afterAll(() => testDatabase.drop());

  /** A process's budget, with connections of its own. */
  function open(settings: Partial<VendorBudgetSettings> = {}, poolSize = 4) {
    const database = new Database(createDataSource(testDatabase.url, poolSize));
    opened.push(database);
    return { database, budget: new VendorBudget(database, { clockScale: 1, ...settings }) };
  }

  it('keeps all windows exactly when eight processes take what they can get, and uses them up', async () => {
    const windows = [
      { calls: 40, windowMs: 1_000 },
      { calls: 60, windowMs: 2_000 },
    ];
    const ask = account({ limits: limited(...windows) });
    const processes = Array.from({ length: 8 }, () => open().budget);
    await Promise.all(processes.map((budget) => budget.usage(ask().budget, ask().limits)));
    const arrivals: number[] = [];
    const startedAt = performance.now();
    const runMs = 5_900;
    const { signal } = new AbortController();
    await Promise.all(
      processes.flatMap((budget) =>
        [1, 2].map(async (thread) => {
          const holder = randomUUID();
          while (performance.now() - startedAt < runMs) {
            const patienceMs = Math.max(startedAt + runMs - performance.now(), 0);
            const outcome = await budget.reserveWithin(ask({ holder, needs: { read: thread } }), {
              patienceMs,
              signal,
            });
            if (outcome.kind === 'refused') return;
            for (let call = 0; call < thread; call += 1) {
              await outcome.reservation.meter.call('read', async () => {
                await sleep(Math.random() * 4);
                arrivals.push(performance.now());
                await sleep(Math.random() * 4);
              });
            }
            await outcome.reservation.close();
          }
        }),
      ),
    );
    for (const window of windows) expect(most(arrivals, window.windowMs)).toBeLessThanOrEqual(window.calls);
    // 60 at once or in the first second and a bit, then 60 every two seconds.
    expect(arrivals.length).toBeGreaterThanOrEqual(Math.floor(180 * 0.97));
  });

  it('reserves all of a request or nothing of it', async () => {
    const { budget } = open();
    const limits: VendorLimits = { operations: { read: [perSecond(5)], write: [perSecond(2)] } };
    const ask = account({ limits });
    await reserved(budget, ask({ needs: { write: 1 } }));
    await refused(budget, ask({ needs: { read: 4, write: 2 }, priority: 'drift' }));
    const usage = await budget.usage(ask().budget, limits);
    expect(usage.map(({ counter, used, left }) => ({ counter, used, left }))).toEqual([
      { counter: 'read', used: 0, left: 5 },
      { counter: 'write', used: 1, left: 1 },
    ]);
  });

  it('tells exactly when there will be room', async () => {
    const { budget } = open();
    const ask = account({ limits: limited({ calls: 2, windowMs: 800 }) });
    const holder = randomUUID();
    await use(await reserved(budget, ask()));
    const firstEndedAt = performance.now();
    await sleep(200);
    await use(await reserved(budget, ask()));
    await budget.flush();
    const waitMs = await refused(budget, ask({ holder }));
    expect(Math.abs(firstEndedAt + 800 - (performance.now() + waitMs))).toBeLessThan(30);
    await sleep(Math.ceil(waitMs));
    await reserved(budget, ask({ holder }));
  });

  it('counts all operations on the counter of all calls', async () => {
    const { budget } = open();
    const limits: VendorLimits = { operations: {}, overall: [perSecond(3)] };
    const ask = account({ limits });
    await reserved(budget, ask({ needs: { a: 1, b: 2 } }));
    expect(await refused(budget, ask({ needs: { c: 1 } }))).toBeGreaterThan(0);
  });

  it('takes one account for one, however its address is spelled, and others for others', async () => {
    const { budget } = open();
    const ask = account({ needs: { read: 5 } });
    await reserved(budget, ask());
    const { accountId } = ask().budget;
    const again = (baseUrl: string, id = accountId) =>
      budget.reserve(ask({ needs: { read: 1 }, budget: { vendor: 'cato', baseUrl, accountId: id } }));
    expect(await again('HTTP://Vendor.test/api/')).toMatchObject({ kind: 'refused' });
    expect(await again('http://vendor.test/api', 'another')).toMatchObject({ kind: 'reserved' });
    expect(await again('http://elsewhere.test/api')).toMatchObject({ kind: 'reserved' });
  });

  it('gives back what was not used', async () => {
    const { budget } = open();
    const ask = account({ limits: limited({ calls: 5, windowMs: 60_000 }), needs: { read: 5 } });
    const reservation = await reserved(budget, ask());
    await use(reservation);
    await reservation.close();
    expect(await budget.usage(ask().budget, ask().limits)).toMatchObject([{ used: 1, left: 4 }]);
    await reserved(budget, ask({ needs: { read: 4 } }));
  });

  it('counts a call until a window after its end, not after its reservation', async () => {
    const { budget } = open();
    const ask = account({ limits: limited({ calls: 1, windowMs: 300 }) });
    const reservation = await reserved(budget, ask());
    await reservation.meter.call('read', () => sleep(500));
    await budget.flush();
    expect(await refused(budget, ask())).toBeGreaterThan(200);
  });

  it('reserves one more call when a run makes more than it said, or says when there is room', async () => {
    const { budget } = open();
    const ask = account({ limits: limited({ calls: 2, windowMs: 60_000 }) });
    const reservation = await reserved(budget, ask());
    await use(reservation);
    await use(reservation);
    const failure = await use(reservation).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OutOfBudget);
    expect(failure).toMatchObject({ code: 'VENDOR_RATE_LIMITED', retryable: true });
    expect(failure instanceof OutOfBudget && failure.waitMs).toBeGreaterThan(50_000);
  });

  it('never asks for more at once than an empty window holds', async () => {
    const { budget } = open();
    const ask = account({ limits: limited(perSecond(3)), needs: { read: 10 } });
    expect(await budget.reserve(ask())).toMatchObject({ kind: 'reserved' });
    expect(await budget.usage(ask().budget, ask().limits)).toMatchObject([{ used: 3, left: 0 }]);
  });

  it('keeps room for changes that wait before bulk, and for bulk before drift', async () => {
    const { budget } = open({ graceMs: 1_000 });
    const ask = account({ limits: limited({ calls: 4, windowMs: 600 }) });
    const [edit, bulk] = [randomUUID(), randomUUID()];
    await use(await reserved(budget, ask()));
    await budget.flush();
    // Three are free; four are wanted, and nobody who came later or matters less takes the three.
    const editWaitMs = await refused(budget, ask({ holder: edit, needs: { read: 4 } }));
    await refused(budget, ask({ holder: bulk, priority: 'bulk' }));
    await refused(budget, ask({ priority: 'drift' }));
    await refused(budget, ask());
    await sleep(Math.ceil(editWaitMs));
    const outcome = await budget.reserve(ask({ holder: edit, needs: { read: 4 } }));
    expect(outcome).toMatchObject({ kind: 'reserved' });
  });

  it('lets what matters more pass what matters less, and first come be first served among equals', async () => {
    const { budget } = open({ graceMs: 1_000 });
    const ask = account({ limits: limited({ calls: 2, windowMs: 500 }) });
    const [drift, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    await use(await reserved(budget, ask()));
    await use(await reserved(budget, ask()));
    await budget.flush();
    const driftWaitMs = await refused(budget, ask({ holder: drift, priority: 'drift', needs: { read: 2 } }));
    const firstWaitMs = await refused(budget, ask({ holder: first, needs: { read: 2 } }));
    const secondWaitMs = await refused(budget, ask({ holder: second, needs: { read: 2 } }));
    expect(Math.abs(firstWaitMs - driftWaitMs)).toBeLessThan(50);
    expect(secondWaitMs).toBeGreaterThan(firstWaitMs + 400);
    await sleep(Math.ceil(firstWaitMs));
    await refused(budget, ask({ holder: drift, priority: 'drift', needs: { read: 2 } }));
    await refused(budget, ask({ holder: second, needs: { read: 2 } }));
    await reserved(budget, ask({ holder: first, needs: { read: 2 } }));
  });

  it('does not wait for who does not come back, or says that it will not', async () => {
    const { budget } = open({ graceMs: 100 });
    const ask = account({ limits: limited({ calls: 2, windowMs: 300 }) });
    await use(await reserved(budget, ask()));
    await budget.flush();
    const [gone, drift] = [randomUUID(), randomUUID()];
    await refused(budget, ask({ holder: gone, needs: { read: 2 } }));
    const waitMs = await refused(budget, ask({ holder: drift, priority: 'drift' }));
    await budget.withdraw(ask().budget, gone);
    await reserved(budget, ask({ holder: drift, priority: 'drift' }));
    expect(waitMs).toBeGreaterThan(0);

    await refused(budget, ask({ holder: gone, needs: { read: 2 } }));
    await expect
      .poll(() => budget.reserve(ask({ holder: drift, priority: 'drift' })), { interval: 20 })
      .toMatchObject({
        kind: 'reserved',
      });
  });

  it('keeps everybody from what the vendor refused until it may say yes, reserved or not', async () => {
    const [one, other] = [open().budget, open().budget];
    const ask = account({ limits: limited({ calls: 10, windowMs: 60_000 }), needs: { read: 3 } });
    const reservation = await reserved(one, ask());
    const elsewhere = await reserved(other, ask());
    const limit = new VendorFaultError({
      code: 'VENDOR_RATE_LIMITED',
      message: 'rate limit',
      retryable: true,
      retryAfterMs: 700,
    });
    await expect(reservation.meter.call('read', () => Promise.reject(limit))).rejects.toBe(limit);
    await expect(use(reservation)).rejects.toBeInstanceOf(OutOfBudget);
    const waitMs = await refused(other, ask({ needs: { read: 1 } }));
    expect(waitMs).toBeGreaterThan(500);
    expect(waitMs).toBeLessThanOrEqual(700);
    // The other process learns of it at the latest with the end of its next call.
    await use(elsewhere);
    await other.flush();
    await expect(use(elsewhere)).rejects.toBeInstanceOf(OutOfBudget);
    await one.flush();
    expect(await one.usage(ask().budget, ask().limits)).toMatchObject([{ used: 6, left: 4 }]);
    await expect.poll(() => use(reservation).catch((error: unknown) => error)).toBeUndefined();
  });

  it('waits five seconds of the vendor when it says nothing of when to come back', async () => {
    const { budget } = open({ clockScale: 10 });
    const ask = account();
    const limit = new VendorFaultError({ code: 'VENDOR_RATE_LIMITED', message: 'no', retryable: true });
    const reservation = await reserved(budget, ask());
    await reservation.meter.call('read', () => Promise.reject(limit)).catch(() => undefined);
    const waitMs = await refused(budget, ask());
    expect(waitMs).toBeGreaterThan(300);
    expect(waitMs).toBeLessThanOrEqual(500);
  });

  it('learns a pause from a refusal where the vendor names no limit', async () => {
    const [one, other] = [open({ clockScale: 10 }).budget, open().budget];
    const ask = account({ limits: { operations: { read: [perSecond(5)] } }, needs: { task: 1 } });
    const reservation = await reserved(one, ask());
    await expect(reservation.meter.call('task', () => Promise.reject(slowDown(700)))).rejects.toThrow('slow');
    // What is under way makes no further call, and nothing else is begun.
    await expect(use(reservation, 'task')).rejects.toBeInstanceOf(OutOfBudget);
    for (const budget of [one, other]) {
      const waitMs = await refused(budget, ask({ needs: { list: 1, read: 1 } }));
      expect(waitMs).toBeGreaterThan(400);
      expect(waitMs).toBeLessThanOrEqual(700);
    }
    // Other accounts, and what has a limit of its own, go on.
    await use(await reserved(other, account({ limits: ask().limits })({ needs: { task: 1 } })), 'task');
    await use(await reserved(other, ask({ needs: { read: 1 } })));
    await expect.poll(() => other.reserve(ask())).toMatchObject({ kind: 'reserved' });
    await use(reservation, 'task');
    // Without a word of the vendor's on when to come back it is five seconds of the vendor's.
    await expect(reservation.meter.call('task', () => Promise.reject(slowDown()))).rejects.toThrow('slow');
    const waitMs = await refused(other, ask());
    expect(waitMs).toBeGreaterThan(300);
    expect(waitMs).toBeLessThanOrEqual(500);
  });

  it('counts what a holder that died had reserved as used when its lease ends', async () => {
    const { budget } = open({ leaseMs: 300 });
    const ask = account({ limits: limited({ calls: 2, windowMs: 200 }), needs: { read: 2 } });
    const reservedAt = performance.now();
    await reserved(budget, ask());
    await expect
      .poll(() => budget.reserve(ask({ holder: 'next' })), { interval: 20 })
      .toMatchObject({ kind: 'reserved' });
    expect(performance.now() - reservedAt).toBeGreaterThanOrEqual(500);
  });

  it('does not use what it holds no more', async () => {
    const { budget } = open({ leaseMs: 200 });
    const ask = account({ limits: limited({ calls: 1, windowMs: 60_000 }) });
    const reservation = await reserved(budget, ask());
    await sleep(150);
    await expect(use(reservation)).rejects.toBeInstanceOf(OutOfBudget);
  });

  it('divides windows by the pace of the clock', async () => {
    const { budget } = open({ clockScale: 10 });
    const ask = account({ limits: limited({ calls: 1, windowMs: 6_000 }) });
    await use(await reserved(budget, ask()));
    await budget.flush();
    const waitMs = await refused(budget, ask());
    expect(waitMs).toBeGreaterThan(500);
    expect(waitMs).toBeLessThan(610);
  });

  it('keeps to the limits of the simulated vendor to the last call, ten times as fast', async () => {
    const simulators = await startSimulators({ clock: { scale: 10 } });
    try {
      const baseUrl = simulators.vendors['cato'] ?? '';
      const accountId = 'saturated';
      const processes = Array.from({ length: 4 }, () => open({ clockScale: 10 }).budget);
      const limits: VendorLimits = {
        perOperation: [{ calls: 120, windowMs: 60_000 }],
        operations: { entityLookup: [{ calls: 30, windowMs: 60_000 }] },
      };
      const runMs = 17_900;
      const startedAt = performance.now();
      let calls = 0;
      await Promise.all(
        processes.flatMap((budget) =>
          Array.from({ length: 4 }, async () => {
            const ask = request({
              budget: { vendor: 'cato', baseUrl, accountId },
              needs: { staticHostList: 1 },
              limits,
            });
            for (;;) {
              const patienceMs = Math.max(startedAt + runMs - performance.now(), 0);
              const { signal } = new AbortController();
              const outcome = await budget.reserveWithin(ask, { patienceMs, signal });
              if (outcome.kind === 'refused') return;
              await outcome.reservation.meter.call('staticHostList', () => listHosts(baseUrl, accountId));
              await outcome.reservation.close();
              calls += 1;
            }
          }),
        ),
      );
      const answer = await fetch(`${simulators.adminUrl}/calls?vendor=cato&account=${accountId}`);
      expect(await answer.json()).toMatchObject({ total: calls, refused: 0 });
      // Three windows of six seconds each.
      expect(calls).toBeGreaterThanOrEqual(Math.floor(360 * 0.97));
    } finally {
      await simulators.close();
    }
  });
});

/** The most arrivals in any stretch of that length. */
function most(arrivals: readonly number[], windowMs: number): number {
  const sorted = arrivals.toSorted((a, b) => a - b);
  let first = 0;
  let found = 0;
  for (const [last, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    found = Math.max(found, last - first + 1);
  }
  return found;
}

async function listHosts(baseUrl: string, accountId: string): Promise<void> {
  const query = `query staticHosts($accountId: ID!) {
    site(accountId: $accountId) { staticHostList(site: {by: ID, input: "1"}) { total } }
  }`;
  const answer = await fetch(baseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'token', 'x-account-id': accountId },
    body: JSON.stringify({ query, variables: { accountId } }),
  });
  await answer.text();
}
