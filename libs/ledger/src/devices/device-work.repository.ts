import type { OperationReleased } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import { LeaseLost } from '../errors.js';
import type { ClaimingWorker } from '../operations/claim.js';
import { releaseLane } from '../operations/dispatch.js';
import { DueReleases } from '../operations/due-releases.js';
import { Outbox } from '../outbox/outbox.js';
import { sealContext, Sealer } from '../sealing/sealer.js';
import { DEVICE_LANES, lockDeviceLanes } from './device-lanes.js';
import type {
  DeferredOperation,
  DeviceClaim,
  DeviceClaimRefusal,
  DeviceGrant,
  DeviceWork,
  SettledDevice,
} from './device-work.js';
import { endRound } from './end-round.js';
import { finishOperations } from './finish-operations.js';
import { giveUp } from './give-up.js';
import { takeDevices } from './take-devices.js';

/** From a release to the reservation of its calls: so much earlier does a lane go on, lest room lies idle. */
const RELEASE_LEAD_MS = 250;

interface LaneRow {
  collectionId: string;
  siteId: string;
  site: string;
  customer: string;
  vendor: string;
  vendorAccountId: string;
  outputs: Record<string, unknown>;
  accountId: string;
  baseUrl: string | null;
  credentials: Buffer;
  fencingToken: string;
  releaseNo: number;
  status: string;
  isReleased: boolean;
  isHeld: boolean;
  isDead: boolean;
}

/** What workers do with devices, under one lease for all devices of a site. */
@Injectable()
export class DeviceWorkRepository implements DeviceWork {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly outbox: Outbox,
    private readonly dueReleases: DueReleases,
  ) {}

  async claim(
    { operationId, customerId, releaseNo }: OperationReleased,
    { workerId, leaseMs }: ClaimingWorker,
    bulkSize: (vendor: string) => number,
  ): Promise<DeviceClaim | DeviceClaimRefusal> {
    return this.database.transaction(async (tx) => {
      // The site's devices first, as everybody locks them before their operations.
      const locked = await tx.rows<{ id: string }>(
        `select r.id from resource r where r.id = (
           select lane.resource_id from operation o join device_lane lane on lane.site_id = o.site_id
           where o.id = $1 and o.customer_id = $2) for update`,
        [operationId, customerId],
      );
      if (locked.length === 0) return 'unknown';
      const [row] = await tx.rows<LaneRow>(
        `select lane.resource_id as "collectionId", s.id as "siteId", s.name as site, c.name as customer, s.vendor,
           s.outputs, a.id as "vendorAccountId", a.account_id as "accountId", a.base_url as "baseUrl", a.credentials,
           r.fencing_token as "fencingToken", o.release_no as "releaseNo", o.status,
           o.released_at is not null as "isReleased",
           coalesce(lane.lease_until > clock_timestamp(), false) as "isHeld",
           exists (select 1 from dead_letter d where d.operation_id = o.id and d.closed_at is null) as "isDead"
         from operation o join device_lane lane on lane.site_id = o.site_id
         join resource r on r.id = lane.resource_id join resource s on s.id = o.site_id
         join customer c on c.id = o.customer_id join vendor_account a on a.id = o.vendor_account_id
         where o.id = $1 and o.customer_id = $2`,
        [operationId, customerId],
      );
      if (row === undefined) return 'unknown';
      if (row.isDead && row.releaseNo === releaseNo) return 'dead_lettered';
      if (row.status !== 'pending' || row.releaseNo !== releaseNo || !row.isReleased) return 'stale_release';
      if (row.isHeld) return 'held';
      const lane = {
        customerId,
        collectionId: row.collectionId,
        workerId,
        fencingToken: Number(row.fencingToken) + 1,
      };
      const taken = await takeDevices(tx, {
        ...lane,
        siteId: row.siteId,
        leaseMs,
        limit: bulkSize(row.vendor),
      });
      if (taken.devices.length === 0) {
        // Its site is busy: it is released again when that has ended.
        await tx.rows(`update operation set released_at = null where id = $1 and status = 'pending'`, [
          operationId,
        ]);
        return 'nothing_due';
      }
      return {
        ...lane,
        ...taken,
        customer: row.customer,
        vendor: row.vendor,
        vendorAccountId: row.vendorAccountId,
        account: {
          accountId: row.accountId,
          baseUrl: row.baseUrl,
          credentials: this.sealer.openRecord(row.credentials, sealContext.credentials(row.vendorAccountId)),
        },
        site: { resourceId: row.siteId, name: row.site, outputs: row.outputs },
      };
    });
  }

  async heartbeat(grant: DeviceGrant, leaseMs: number): Promise<void> {
    const held = await this.database.rows(
      `with held as (
         update device_lane lane set lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0)
         from resource r
         where lane.resource_id = $1 and lane.customer_id = $2 and r.id = lane.resource_id and r.fencing_token = $3
           and lane.worker_id is not null
           -- A round that outlives its deadline loses the lane.
           and not exists (
             select 1 from operation o
             where o.site_id = lane.site_id and o.status = 'in_progress' and o.deadline_at < clock_timestamp())
         returning lane.site_id, lane.lease_until
       ), kept as (
         update operation o set lease_until = held.lease_until from held
         where o.site_id = held.site_id and o.status = 'in_progress'
       )
       select 1 from held`,
      [grant.collectionId, grant.customerId, grant.fencingToken, leaseMs],
    );
    if (held.length === 0) throw new LeaseLost(grant.collectionId);
  }

  async roundStarted(claim: DeviceClaim): Promise<void> {
    const held = await this.database.rows(
      `with held as (
         select 1 from resource where id = $1 and customer_id = $2 and fencing_token = $3 for no key update
       ), started as (
         update resource r set attempted_revision = r.revision, is_unreconciled = true
         from held where r.id = any($4::uuid[])
       ), logged as (
         insert into operation_event (operation_id, customer_id, type, data)
         select o.id, o.customer_id, 'applying', jsonb_build_object('attempt', o.attempt + 1)
         from held, operation o where o.id = any($5::uuid[])
       )
       select 1 from held`,
      [
        claim.collectionId,
        claim.customerId,
        claim.fencingToken,
        claim.devices.map(({ resourceId }) => resourceId),
        claim.operations.map(({ operationId }) => operationId),
      ],
    );
    if (held.length === 0) throw new LeaseLost(claim.collectionId);
  }

  async settle(
    claim: DeviceClaim,
    results: readonly SettledDevice[],
    { bulkSize, mayGoOn }: { bulkSize: number; mayGoOn: boolean },
  ): Promise<DeviceClaim | undefined> {
    return this.database.transaction(async (tx) => {
      await this.lock(tx, claim);
      await recordDevices(tx, claim, results);
      const ended = await finishOperations(
        tx,
        claim.operations.map(({ operationId }) => operationId),
      );
      if (mayGoOn) {
        const taken = await takeDevices(tx, {
          ...claim,
          siteId: claim.site.resourceId,
          leaseMs: null,
          limit: bulkSize,
        });
        if (taken.devices.length > 0) {
          if (ended.length > 0) await this.release(tx, claim);
          return { ...claim, ...taken };
        }
      }
      await this.leave(tx, claim);
      return undefined;
    });
  }

  async defer(claim: DeviceClaim, verdicts: readonly DeferredOperation[]): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.lock(tx, claim);
      const retries = verdicts.filter((verdict) => verdict.kind === 'retry');
      await tx.rows(
        `with verdict as (
           select * from unnest($1::uuid[], $2::text[], $3::float8[], $4::int[], $5::jsonb[])
             as verdict (id, reason, delay_ms, tries, error)
         ), waiting as (
           update operation o set status = 'pending', phase = 'waiting', waiting_for = verdict.reason,
             error = verdict.error, attempt = o.attempt + verdict.tries, released_at = null, worker_id = null,
             lease_until = null, deadline_at = null,
             release_at = clock_timestamp() + make_interval(secs => verdict.delay_ms / 1000.0)
           from verdict where o.id = verdict.id and o.status = 'in_progress'
           returning o.id, o.customer_id, verdict.reason, o.release_at, verdict.error
         )
         insert into operation_event (operation_id, customer_id, type, data)
         select id, customer_id, 'deferred',
           jsonb_build_object('reason', reason, 'releaseAt', release_at, 'error', error) from waiting`,
        [
          retries.map(({ operationId }) => operationId),
          retries.map(({ reason }) => reason),
          retries.map(({ delayMs }) => delayMs),
          retries.map(({ isTry }) => (isTry ? 1 : 0)),
          retries.map(({ error }) => JSON.stringify(error)),
        ],
      );
      for (const verdict of verdicts) if (verdict.kind !== 'retry') await giveUp(tx, verdict);
      const paused = retries.find(({ reason }) => reason === 'budget');
      const pauseMs = Math.max((paused?.delayMs ?? 0) - RELEASE_LEAD_MS, 0);
      if (paused !== undefined) await pauseLane(tx, claim, pauseMs);
      await this.leave(tx, claim);
      const lanes = DEVICE_LANES.map((lane) => ({ ...laneOf(claim), lane }));
      const due = new Set(retries.map(({ delayMs }) => delayMs));
      if (paused !== undefined) due.add(pauseMs);
      tx.afterCommit(() => {
        for (const delayMs of due) this.dueReleases.in(delayMs, lanes);
      });
    });
  }

  /** Locks the lanes and the site's devices, as long as they are the claim's. @throws LeaseLost */
  private async lock(tx: Transaction, claim: DeviceClaim): Promise<void> {
    await lockDeviceLanes(tx, claim);
    const held = await tx.rows(
      `select 1 from resource where id = $1 and customer_id = $2 and fencing_token = $3 for update`,
      [claim.collectionId, claim.customerId, claim.fencingToken],
    );
    if (held.length === 0) throw new LeaseLost(claim.collectionId);
  }

  /** Ends the claim; what waits behind it is released. */
  private async leave(tx: Transaction, claim: DeviceClaim): Promise<void> {
    await endRound(tx, claim.collectionId);
    await this.release(tx, claim);
  }

  private async release(tx: Transaction, claim: DeviceClaim): Promise<void> {
    for (const lane of DEVICE_LANES) {
      if ((await releaseLane(tx, { ...claim, lane })).length > 0) tx.afterCommit(() => this.outbox.poke());
    }
  }
}

const laneOf = ({ customerId, vendorAccountId }: DeviceClaim) => ({ customerId, vendorAccountId });

/** Writes down what became of each device; what was asked of it meanwhile stays to be done. */
async function recordDevices(
  tx: Transaction,
  { devices }: DeviceClaim,
  results: readonly SettledDevice[],
): Promise<void> {
  const byId = new Map(results.map((result) => [result.resourceId, result]));
  const rows = devices.flatMap((device) => {
    const result = byId.get(device.resourceId);
    return result === undefined ? [] : [{ device, result }];
  });
  await tx.rows(
    `with result as (
       select * from unnest($1::uuid[], $2::int[], $3::boolean[], $4::boolean[], $5::jsonb[], $6::jsonb[],
         $7::boolean[]) as result (id, revision, is_wanted, is_applied, outputs, error, may_exist)
     ), device as (
       update resource r set
         applied_revision = case when not result.is_applied then r.applied_revision
           when result.is_wanted then result.revision end,
         outputs = case when result.is_applied then result.outputs else r.outputs end,
         -- A refusal is an answer: it leaves as much in doubt as there was before the round.
         is_unreconciled = not result.is_applied and result.may_exist, updated_at = now(),
         attempted_revision = case when result.is_applied and not result.is_wanted then null else r.attempted_revision end,
         deleted_at = case when result.is_applied and not result.is_wanted and not r.is_wanted then now() end,
         phase = case
           when r.revision <> result.revision or r.is_wanted <> result.is_wanted then r.phase
           when result.is_applied and result.is_wanted then 'ready'
           when result.is_applied then 'deleted'
           when result.is_wanted then 'failed' else 'delete_failed' end
       from result where r.id = result.id
     )
     update operation_item i set
       status = case when i.revision <> result.revision or i.action <> case when result.is_wanted then 'put' else 'delete' end
         then 'superseded' when result.is_applied then 'succeeded' else 'failed' end,
       error = result.error
     from result, operation o
     where i.resource_id = result.id and i.status = 'pending' and o.id = i.operation_id and o.status = 'in_progress'`,
    [
      rows.map(({ device }) => device.resourceId),
      rows.map(({ device }) => device.revision),
      rows.map(({ device }) => device.spec !== undefined),
      rows.map(({ result }) => result.outcome === 'applied'),
      rows.map(({ result }) => JSON.stringify(result.outcome === 'applied' ? result.outputs : {})),
      rows.map(({ result }) => (result.outcome === 'refused' ? JSON.stringify(result.error) : null)),
      rows.map(
        ({ device, result }) => device.mayExist || (result.outcome === 'refused' && result.mayExist === true),
      ),
    ],
  );
}

/** Nothing of the account's device lanes is released before there is room again. */
async function pauseLane(
  tx: Transaction,
  { customerId, vendorAccountId, priority }: DeviceClaim,
  delayMs: number,
): Promise<void> {
  // Single devices go before batches: what stops them stops batches too, and not the other way round.
  await tx.rows(
    `update dispatch_lane set paused_until = clock_timestamp() + make_interval(secs => $4 / 1000.0)
     where customer_id = $1 and vendor_account_id = $2 and lane = any($3::text[])`,
    [customerId, vendorAccountId, priority === 'edit' ? DEVICE_LANES : ['bulk'], delayMs],
  );
}
