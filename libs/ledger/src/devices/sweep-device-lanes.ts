import type { OperationError } from '@app/contracts';
import { endCallsOf } from '../budget/end-calls.js';
import type { Database, Transaction } from '../database/database.js';
import { releaseLane } from '../operations/dispatch.js';
import { homecomingOf } from '../operations/takeover.js';
import { DEVICE_LANES, lockDeviceLanes } from './device-lanes.js';
import type { DeferredOperation } from './device-work.js';
import { giveUp } from './give-up.js';

interface LostLane {
  collectionId: string;
  siteId: string;
  customerId: string;
  vendorAccountId: string;
}

/** Lanes that one sweep frees; the next one goes on. */
const AT_A_TIME = 500;

/** Frees the device lanes whose workers are gone; their operations go on, or are given up after too many of them. */
export async function sweepDeviceLanes(database: Database, takeoverMarginMs: number): Promise<number> {
  const lost = await database.rows<LostLane>(
    `select lane.resource_id as "collectionId", lane.site_id as "siteId", lane.customer_id as "customerId",
       r.vendor_account_id as "vendorAccountId"
     from device_lane lane join resource r on r.id = lane.resource_id
     where lane.lease_until < statement_timestamp() - make_interval(secs => $1 / 1000.0)
     order by lane.lease_until limit ${AT_A_TIME}`,
    [takeoverMarginMs],
  );
  for (const lane of lost) await database.transaction((tx) => freeLane(tx, lane, takeoverMarginMs));
  return lost.length;
}

async function freeLane(tx: Transaction, lane: LostLane, takeoverMarginMs: number): Promise<void> {
  await lockDeviceLanes(tx, lane);
  const freed = await tx.rows(
    `with held as (
       select r.id from resource r where r.id = $1 for update
     ), freed as (
       update device_lane lane set worker_id = null, lease_until = null from held
       where lane.resource_id = held.id
         and lane.lease_until < statement_timestamp() - make_interval(secs => $2 / 1000.0)
       returning lane.resource_id
     )
     update resource r set fencing_token = fencing_token + 1 from freed where r.id = freed.resource_id returning 1`,
    [lane.collectionId, takeoverMarginMs],
  );
  if (freed.length === 0) return;
  await endCallsOf(tx, lane.collectionId);
  const orphans = await tx.rows<{ operationId: string; takeovers: number }>(
    `with freed as (
       update operation set status = 'pending', phase = 'waiting', waiting_for = 'takeover', worker_id = null,
         lease_until = null, deadline_at = null, released_at = null, release_at = clock_timestamp(),
         takeovers = takeovers + 1
       where site_id = $1 and status = 'in_progress' returning id, customer_id, takeovers
     ), logged as (
       insert into operation_event (operation_id, customer_id, type) select id, customer_id, 'taken_over' from freed
     )
     select id as "operationId", takeovers - 1 as takeovers from freed`,
    [lane.siteId],
  );
  for (const { operationId, takeovers } of orphans) {
    if (homecomingOf({ isOverdue: false, takeovers }) === 'dead_letter') {
      await giveUp(tx, workerLost(operationId, takeovers + 1));
    }
  }
  for (const name of DEVICE_LANES) await releaseLane(tx, { ...lane, lane: name });
}

function workerLost(operationId: string, deaths: number): Exclude<DeferredOperation, { kind: 'retry' }> {
  const error: OperationError = {
    code: 'WORKER_LOST',
    message: `its worker died ${deaths} times`,
    retryable: true,
  };
  return { kind: 'dead_letter', reason: 'worker_lost', operationId, error };
}

/** Devices whose site ended without ever having been at the vendor have no place to go to. */
export async function failDevicesWithoutSite(database: Database): Promise<number> {
  const waiting = await database.rows<LostLane & { site: string }>(
    `select distinct lane.resource_id as "collectionId", s.id as "siteId", s.name as site,
       s.customer_id as "customerId", s.vendor_account_id as "vendorAccountId"
     from operation o join resource s on s.id = o.site_id join device_lane lane on lane.site_id = s.id
     where o.site_id is not null and o.status = 'pending' and s.applied_revision is null and not exists (
       select 1 from operation busy
       where busy.resource_id = s.id and busy.status in ('pending', 'in_progress', 'awaiting_approval'))`,
  );
  for (const { site, ...lane } of waiting) {
    await database.transaction(async (tx) => {
      await lockDeviceLanes(tx, lane);
      await tx.rows(`select 1 from resource where id = $1 for update`, [lane.collectionId]);
      const stranded = await tx.rows<{ operationId: string }>(
        `select o.id as "operationId" from operation o join resource s on s.id = o.site_id
         where o.site_id = $1 and o.status = 'pending' and s.applied_revision is null and not exists (
           select 1 from operation busy
           where busy.resource_id = $1 and busy.status in ('pending', 'in_progress', 'awaiting_approval'))`,
        [lane.siteId],
      );
      const error: OperationError = {
        code: 'SITE_NOT_READY',
        message: `site ${site} is not ready`,
        retryable: true,
      };
      for (const { operationId } of stranded) await giveUp(tx, { kind: 'fail', operationId, error });
    });
  }
  return waiting.length;
}
