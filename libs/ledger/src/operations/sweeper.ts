import { failureReport } from '@app/runtime';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { purgeIdleBudgets } from '../budget/purge-idle-budgets.js';
import { Database } from '../database/database.js';
import { failDevicesWithoutSite, sweepDeviceLanes } from '../devices/sweep-device-lanes.js';
import { Outbox } from '../outbox/outbox.js';
import { sweepWorkers, type SilentWorker } from '../workers/sweep-workers.js';
import { lockLane, releaseLane, type DispatchLane } from './dispatch.js';
import { orphanedRuns, takeOver } from './takeover.js';

export interface SweeperSettings {
  everyMs: number;
  /**
   * How long after its lease a run is taken over. Terraform of a worker that fell silent stops half a lease after
   * the last sign of life; taking over earlier would let two of them run.
   */
  takeoverMarginMs: number;
  /** A release that nobody has claimed for so long is released again. */
  unclaimedMs: number;
  /** So long after its deadline a run that has not ended loses its rights, and with them its lease. */
  overdueMs: number;
}
export const SWEEPER_SETTINGS = Symbol('SweeperSettings');

/** One sweeper of all processes works at a time. Any number will do. */
const SWEEP_LOCK = 7_481_903;

export interface Sweep {
  /** Runs that should have ended long ago; their workers are told by their next heartbeat. */
  revoked: number;
  takenOver: number;
  releasedAgain: number;
  released: number;
  /** Workers that have fallen silent since the last sweep. */
  silentWorkers: SilentWorker[];
}

/** Brings home what lost its way: dead workers' runs, lost messages, retries that are due, expired keys. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap {
  private readonly logger = new Logger(Sweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    @Inject(SWEEPER_SETTINGS) private readonly settings: SweeperSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.sweepQuietly().finally(() => {
        this.running = undefined;
      });
    }, this.settings.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async sweepQuietly(): Promise<void> {
    try {
      const { revoked, takenOver, releasedAgain, silentWorkers } = await this.sweep();
      for (const worker of silentWorkers) this.logger.error('a worker fell silent', worker);
      if (revoked + takenOver + releasedAgain > 0) {
        this.logger.warn('brought operations home', { revoked, takenOver, releasedAgain });
      }
    } catch (error) {
      this.logger.warn('the sweep failed', { reason: failureReport(error).message });
    }
  }

  /** One round; does nothing while another process sweeps. */
  async sweep(): Promise<Sweep> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.rows<{ isMine: boolean }>(`select pg_try_advisory_xact_lock($1) as "isMine"`, [
        SWEEP_LOCK,
      ]);
      const sweep: Sweep = { revoked: 0, takenOver: 0, releasedAgain: 0, released: 0, silentWorkers: [] };
      if (lock?.isMine !== true) return sweep;
      for (const lane of await this.lanesWithWork()) {
        const done = await this.sweepLane(lane);
        sweep.revoked += done.revoked;
        sweep.takenOver += done.takenOver;
        sweep.releasedAgain += done.releasedAgain;
        sweep.released += done.released;
      }
      sweep.takenOver += await sweepDeviceLanes(this.database, this.settings.takeoverMarginMs);
      await failDevicesWithoutSite(this.database);
      sweep.silentWorkers = await sweepWorkers(tx);
      await tx.rows(`delete from idempotency_key where expires_at < now()`);
      await purgeIdleBudgets(tx);
      return sweep;
    });
  }

  /**
   * Lanes in which something is due. Found without locks; each is decided again under its own. No limit: the many
   * waiting operations of one customer must not hide another's.
   */
  private lanesWithWork(): Promise<DispatchLane[]> {
    return this.database.rows<DispatchLane>(
      `select distinct customer_id as "customerId", vendor_account_id as "vendorAccountId", lane from (
         (select customer_id, vendor_account_id, lane from operation
          where status = 'in_progress' and lease_until < statement_timestamp() - make_interval(secs => $1 / 1000.0))
         union all
         (select customer_id, vendor_account_id, lane from operation
          where status = 'pending' and released_at < statement_timestamp() - make_interval(secs => $2 / 1000.0))
         union all
         (select customer_id, vendor_account_id, lane from operation
          where status = 'pending' and released_at is null and release_at <= statement_timestamp())
         union all
         (select customer_id, vendor_account_id, lane from operation
          where status = 'in_progress' and deadline_at < statement_timestamp() - make_interval(secs => $3 / 1000.0))
       ) due`,
      [this.settings.takeoverMarginMs, this.settings.unclaimedMs, this.settings.overdueMs],
    );
  }

  private async sweepLane(lane: DispatchLane): Promise<Omit<Sweep, 'silentWorkers'>> {
    return this.database.transaction(async (tx) => {
      await lockLane(tx, lane);
      const key = [lane.customerId, lane.vendorAccountId, lane.lane];
      const revoked = await tx.rows(
        `update resource r set fencing_token = r.fencing_token + 1 from operation o
         where o.customer_id = $1 and o.vendor_account_id = $2 and o.lane = $3 and o.status = 'in_progress'
           and o.deadline_at < statement_timestamp() - make_interval(secs => $4 / 1000.0)
           and r.id = o.resource_id and r.fencing_token = o.fencing_token
         returning 1`,
        [...key, this.settings.overdueMs],
      );
      const orphans = await orphanedRuns(tx, lane, this.settings.takeoverMarginMs);
      for (const orphan of orphans) await takeOver(tx, orphan);
      // Their resources first, as everybody locks them: updating an operation that this transaction has updated
      // already asks for its resource, which a claim may hold that waits for the operation.
      await tx.rows(
        `select 1 from operation o join resource r on r.id = o.resource_id
         where o.customer_id = $1 and o.vendor_account_id = $2 and o.lane = $3 and o.status = 'pending'
           and o.released_at < statement_timestamp() - make_interval(secs => $4 / 1000.0)
         for update of r`,
        [...key, this.settings.unclaimedMs],
      );
      const unclaimed = await tx.rows(
        `update operation set released_at = null
         where customer_id = $1 and vendor_account_id = $2 and lane = $3 and status = 'pending'
           and released_at < statement_timestamp() - make_interval(secs => $4 / 1000.0)
         returning 1`,
        [...key, this.settings.unclaimedMs],
      );
      const released = await releaseLane(tx, lane);
      if (released.length > 0) tx.afterCommit(() => this.outbox.poke());
      return {
        revoked: revoked.length,
        takenOver: orphans.length,
        releasedAgain: unclaimed.length,
        released: released.length,
      };
    });
  }
}
