import { randomBytes } from 'node:crypto';
import { LeaseLost, PlanNotApplicable, VendorBudget, type SiteClaim } from '@app/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applySite, claim, openLedger, submit, succeed, type TestLedger } from './ledger-fixture.js';

describe('operations whose worker is gone', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  let site: string;
  let number = 0;
  beforeEach(() => {
    number += 1;
    site = `site-${number}`;
  });
  const operation = (id: string) => ledger.operations.get(id, undefined);
  const set = (id: string, assignment: string) =>
    ledger.database.rows(`update operation set ${assignment} where id = $1`, [id]);
  const leaseRanOut = (id: string) => set(id, `lease_until = now() - interval '1 hour'`);

  async function claimed(): Promise<SiteClaim> {
    return claim(ledger, (await submit(ledger, { site })).id);
  }

  it('go on with somebody else, and the silent one can write nothing any more', async () => {
    const first = await claimed();
    await leaseRanOut(first.operationId);
    expect(await ledger.sweeper.sweep()).toMatchObject({ takenOver: 1, released: 1 });
    await expect(ledger.work.heartbeat(first, 1_000)).rejects.toThrow(LeaseLost);
    await expect(ledger.work.planSaved(first, { sha256: randomBytes(32) })).rejects.toThrow(LeaseLost);
    await expect(succeed(ledger, first)).rejects.toThrow(LeaseLost);
    const second = await claim(ledger, first.operationId);
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    await succeed(ledger, second);
    const runs = await ledger.operations.runs(first.operationId, undefined);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['taken_over', 'succeeded']);
  });

  it('are dead-lettered when worker after worker dies with them', async () => {
    let current = await claimed();
    const { operationId } = current;
    for (let deaths = 1; deaths < 10; deaths++) {
      await leaseRanOut(operationId);
      await ledger.sweeper.sweep();
      current = await claim(ledger, operationId);
    }
    await leaseRanOut(operationId);
    await ledger.sweeper.sweep();
    expect(await operation(operationId)).toMatchObject({
      status: 'failed',
      error: { code: 'WORKER_LOST', message: 'its worker died 10 times' },
    });
    expect(await ledger.requests.get('acme', site)).toMatchObject({ phase: 'failed' });
    await expect(ledger.work.heartbeat(current, 1_000)).rejects.toThrow(LeaseLost);
    const { items } = await ledger.deadLetters.list({ reason: 'worker_lost' }, { limit: 9 }, undefined);
    expect(items).toMatchObject([{ operationId, status: 'open' }]);
    const requester = { apiKeyId: ledger.apiKeyId, name: 'tester' };
    await ledger.deadLetters.replay(items[0]?.id ?? '', requester, undefined);
    await succeed(ledger, await claim(ledger, operationId));
  });

  it('have timed out when their deadline has passed as well', async () => {
    const run = await claimed();
    await set(run.operationId, `deadline_at = now() - interval '1 hour'`);
    await leaseRanOut(run.operationId);
    await ledger.sweeper.sweep();
    expect(await operation(run.operationId)).toMatchObject({
      status: 'timed_out',
      error: { code: 'WORKER_LOST' },
    });
    expect(await ledger.requests.get('acme', site)).toMatchObject({ phase: 'failed' });
  });

  it('leave no calls behind that would count as under way', async () => {
    const run = await claimed();
    const budget = new VendorBudget(ledger.database, { clockScale: 1 });
    const ask = (holder: string, patienceMs: number) =>
      budget.reserveWithin(
        {
          budget: { vendor: 'cato', baseUrl: 'http://vendor', accountId: site },
          limits: { operations: { read: [{ calls: 2, windowMs: 300 }] } },
          needs: { read: 2 },
          priority: 'edit',
          holder,
        },
        { patienceMs, signal: AbortSignal.timeout(20_000) },
      );
    expect((await ask(run.operationId, 0)).kind).toBe('reserved');
    expect((await ask('somebody else', 700)).kind).toBe('refused');
    await leaseRanOut(run.operationId);
    await ledger.sweeper.sweep();
    expect((await ask('somebody else', 10_000)).kind).toBe('reserved');
  });

  it('a run that outlives its deadline loses its rights first, and ends only when its worker has stopped', async () => {
    const run = await claimed();
    await set(run.operationId, `deadline_at = now() - interval '1 hour'`);
    expect(await ledger.sweeper.sweep()).toMatchObject({ revoked: 1, takenOver: 0 });
    expect(await ledger.sweeper.sweep()).toMatchObject({ revoked: 0, takenOver: 0 });
    expect(await operation(run.operationId)).toMatchObject({ status: 'in_progress' });
    await expect(ledger.work.heartbeat(run, 60_000)).rejects.toThrow(LeaseLost);
    await leaseRanOut(run.operationId);
    expect(await ledger.sweeper.sweep()).toMatchObject({ takenOver: 1 });
    expect(await operation(run.operationId)).toMatchObject({ status: 'timed_out' });
  });

  it('a run at its deadline has the time that its worker needs to end it', async () => {
    const run = await claimed();
    await set(run.operationId, `deadline_at = now() - interval '10 seconds'`);
    expect(await ledger.sweeper.sweep()).toMatchObject({ revoked: 0 });
    await succeed(ledger, run);
  });
});

const stateOf = (serial: number, lineage = 'lineage') =>
  Buffer.from(
    JSON.stringify({
      version: 4,
      terraform_version: '1.11.4',
      serial,
      lineage,
      outputs: {},
      resources: [],
    }),
  );

describe('a saved plan', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  async function edit(site: string, range: string): Promise<SiteClaim> {
    const { id } = await submit(ledger, { site, range });
    return claim(ledger, id);
  }

  it('is applied once', async () => {
    await applySite(ledger, { site: 'once' });
    const run = await edit('once', '10.1.0.0/24');
    const plan = { sha256: randomBytes(32) };
    await ledger.work.planSaved(run, plan);
    await ledger.work.planConsumed(run, plan);
    await expect(ledger.work.planConsumed(run, plan)).rejects.toThrow(PlanNotApplicable);
  });

  it('is nobody else’s: not another site’s, not another run’s, not an unknown one', async () => {
    await applySite(ledger, { site: 'mine' });
    await applySite(ledger, { site: 'other' });
    const mine = await edit('mine', '10.1.0.0/24');
    const other = await edit('other', '10.1.0.0/24');
    const plan = { sha256: randomBytes(32) };
    await ledger.work.planSaved(mine, plan);
    await expect(ledger.work.planConsumed(other, plan)).rejects.toThrow(PlanNotApplicable);
    await expect(ledger.work.planConsumed(mine, { sha256: randomBytes(32) })).rejects.toThrow(
      PlanNotApplicable,
    );
    await ledger.database.rows(`update operation set lease_until = now() - interval '1 hour' where id = $1`, [
      mine.operationId,
    ]);
    await ledger.sweeper.sweep();
    await expect(ledger.work.planConsumed(mine, plan)).rejects.toThrow(PlanNotApplicable);
    const next = await claim(ledger, mine.operationId);
    await expect(ledger.work.planConsumed(next, plan)).rejects.toThrow(PlanNotApplicable);
  });

  it('is void when the state has moved on since', async () => {
    await applySite(ledger, { site: 'moved' });
    const run = await edit('moved', '10.1.0.0/24');
    const plan = { sha256: randomBytes(32) };
    await ledger.work.planSaved(run, plan);
    await ledger.states.lock(run, { ID: 'lock' });
    await ledger.states.write(run, 'lock', stateOf(1));
    await expect(ledger.work.planConsumed(run, plan)).rejects.toThrow(PlanNotApplicable);
    const anew = { sha256: randomBytes(32) };
    await ledger.work.planSaved(run, anew);
    await ledger.work.planConsumed(run, anew);
  });
});

describe('the workers', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  const report = (id: string, isDraining = false) =>
    ledger.workers.report({ id, app: 'tf-executor', slots: 2, busy: 1, isDraining });
  const states = async () =>
    Object.fromEntries((await ledger.workers.list()).map(({ id, state }) => [id, state]));
  const silentFor = (id: string, seconds: number) =>
    ledger.database.rows(`update worker set last_seen_at = now() - make_interval(secs => $2) where id = $1`, [
      id,
      seconds,
    ]);
  const noticed = async () =>
    (await ledger.sweeper.sweep()).silentWorkers.filter(({ workerId }) => workerId === 'sick').length;

  it('are shown alive, draining, stopped or dead', async () => {
    await report('alive');
    await report('draining', true);
    await report('stopped');
    await ledger.workers.stopped('stopped');
    await report('dead');
    await silentFor('dead', 60);
    expect(await states()).toEqual({
      alive: 'alive',
      draining: 'draining',
      stopped: 'stopped',
      dead: 'dead',
    });
  });

  it('that fall silent are noticed once, and again when they come back and fall silent', async () => {
    await report('sick');
    expect(await noticed()).toBe(0);
    await silentFor('sick', 60);
    expect(await noticed()).toBe(1);
    expect(await noticed()).toBe(0);
    await report('sick');
    await silentFor('sick', 60);
    expect(await noticed()).toBe(1);
  });

  it('of yesterday are forgotten', async () => {
    await report('old');
    await silentFor('old', 100_000);
    await ledger.sweeper.sweep();
    expect(await states()).not.toHaveProperty('old');
  });
});
