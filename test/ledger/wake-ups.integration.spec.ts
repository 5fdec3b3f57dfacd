import {
  createDataSource,
  Database,
  DueReleases,
  Outbox,
  SiteRequestsRepository,
  SiteWorkRepository,
  Sweeper,
  type Transaction,
} from '@app/ledger';
import type { Operation } from '@app/contracts';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addCustomer,
  claim,
  openLedger,
  putOf,
  submit,
  succeed,
  wakeOf,
  worker,
  type TestLedger,
} from './ledger-fixture.js';

/** A database whose transactions stop before they commit, or after a statement that is named. */
class PausedDatabase extends Database {
  private readonly reached = Promise.withResolvers<void>();
  private readonly gate = Promise.withResolvers<void>();

  constructor(
    source: DataSource,
    private readonly after?: RegExp,
  ) {
    super(source);
  }

  override transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.transaction(async (tx) => {
      const result = await work({
        rows: async <Row>(text: string, parameters: readonly unknown[] = []) => {
          const rows = await tx.rows<Row>(text, parameters);
          if (this.after?.test(text) === true) await this.pause();
          return rows;
        },
        afterCommit: (effect) => tx.afterCommit(effect),
      });
      if (this.after === undefined) await this.pause();
      return result;
    });
  }

  private pause(): Promise<void> {
    this.reached.resolve();
    return this.gate.promise;
  }

  hasReachedCommit = (): Promise<void> => this.reached.promise;
  letCommit = (): void => this.gate.resolve();
}

describe('a wake-up is never lost', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  async function pausedLedger() {
    const database = new PausedDatabase(createDataSource(ledger.url, 2));
    const outbox = new Outbox();
    return {
      database,
      requests: new SiteRequestsRepository(database, ledger.sealer, outbox),
      work: new SiteWorkRepository(database, ledger.sealer, outbox, new DueReleases(database, outbox)),
    };
  }

  /** Resolves when some session of this database waits for a lock. */
  async function someoneWaits({ database } = ledger): Promise<void> {
    await expect
      .poll(
        async () =>
          (
            await database.rows(
              `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
            )
          ).length,
      )
      .toBeGreaterThan(0);
  }

  it('a process that is stopped in the middle of a transaction loses its locks, one that waits keeps them', async () => {
    const { id } = await submit(ledger, { site: 'sleepy' });
    const stopped = await ledger.dataSource.createQueryRunner().connect();
    const end = Promise.withResolvers<void>();
    await ledger.database.transaction(async (waiting) => {
      await waiting.rows(
        `select 1 from resource where id = (select resource_id from operation where id = $1) for update`,
        [id],
      );
      await stopped.query('begin');
      await stopped.query(`select 1 from dispatch_lane for update`);
      stopped.on('error', () => end.resolve());
      await Promise.all([
        end.promise,
        ledger.database.transaction((tx) => tx.rows(`select 1 from dispatch_lane for update`)),
      ]);
      expect(await waiting.rows(`select 1 from operation where id = $1 for update`, [id])).toHaveLength(1);
    });
  });

  it('a request that comes while the run before it settles is released by one of the two', async () => {
    const running = await claim(ledger, (await submit(ledger, { site: 'a' })).id);
    const paused = await pausedLedger();
    const settling = paused.work.settle(running, {
      status: 'succeeded',
      changes: { add: 1, change: 0, remove: 0, replace: 0 },
      outputs: {},
      timings: {},
    });
    await paused.database.hasReachedCommit();
    const submitting = submit(ledger, { site: 'a', range: '10.1.0.0/24' });
    await someoneWaits();
    paused.database.letCommit();
    await settling;
    expect((await wakeOf(ledger, (await submitting).id)).releaseNo).toBe(1);
    await paused.database.close();
  });

  it('a run that settles while the next request comes in releases it', async () => {
    const running = await claim(ledger, (await submit(ledger, { site: 'b' })).id);
    const paused = await pausedLedger();
    const submitting = paused.requests.put(putOf(ledger, { site: 'b', range: '10.1.0.0/24' }));
    await paused.database.hasReachedCommit();
    const settling = succeed(ledger, running);
    await someoneWaits();
    paused.database.letCommit();
    const result = await submitting;
    await settling;
    if (result.kind !== 'accepted') throw new Error('not accepted');
    expect((await wakeOf(ledger, result.operation.id)).releaseNo).toBe(1);
    await paused.database.close();
  });

  it('the last free slot of a lane is given away once, and a freed one is not forgotten', async () => {
    await addCustomer(ledger, 'full');
    const inFlight: Operation[] = [];
    for (let at = 0; at < 20; at += 1)
      inFlight.push(await submit(ledger, { customer: 'full', site: `s-${at}` }));
    const running = await claim(ledger, inFlight[0]?.id ?? '');
    const paused = await pausedLedger();
    const submitting = paused.requests.put(putOf(ledger, { customer: 'full', site: 's-20' }));
    await paused.database.hasReachedCommit();
    const settling = succeed(ledger, running);
    await someoneWaits();
    paused.database.letCommit();
    const result = await submitting;
    await settling;
    if (result.kind !== 'accepted') throw new Error('not accepted');
    expect((await wakeOf(ledger, result.operation.id)).releaseNo).toBe(1);
    await paused.database.close();
  });

  it('a release that is made again while a worker claims it makes neither of the two fail', async () => {
    const own = await openLedger();
    const { id } = await submit(own);
    const delivered = await wakeOf(own, id);
    const database = new PausedDatabase(createDataSource(own.url, 2), /set released_at = null/);
    const sweeper = new Sweeper(database, new Outbox(), {
      everyMs: 1_000_000,
      takeoverMarginMs: 0,
      unclaimedMs: 0,
      overdueMs: 60_000,
    });
    const sweeping = sweeper.sweep();
    await database.hasReachedCommit();
    const claiming = own.work.claim(delivered, worker());
    await someoneWaits(own);
    database.letCommit();
    expect(await sweeping).toMatchObject({ releasedAgain: 1, released: 1 });
    expect(await claiming).toBe('stale_release');
    await claim(own, id);
    await database.close();
    await own.close();
  });
});
