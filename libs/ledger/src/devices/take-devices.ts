import type { Transaction } from '../database/database.js';
import type { DeviceGrant, TakenDevice, TakenOperation } from './device-work.js';

/** How long a round of devices may take: it is a matter of seconds, unless the vendor hangs. */
const ROUND_DEADLINE_MINUTES = 15;

interface TakenRow {
  resourceId: string;
  name: string;
  revision: number;
  isWanted: boolean;
  spec: Record<string, unknown>;
  appliedSpec: Record<string, unknown> | null;
  outputs: Record<string, unknown>;
  mayExist: boolean;
  attempted: Record<string, unknown>[] | null;
}

/**
 * Takes devices of a site that have something due, whether their operations were released or not: single ones before
 * those of batches, older requests before newer ones. The site's devices must be locked.
 */
export async function takeDevices(
  tx: Transaction,
  {
    collectionId,
    customerId,
    siteId,
    workerId,
    fencingToken,
    leaseMs,
    limit,
  }: DeviceGrant & {
    siteId: string;
    /** null: the lease that there is goes on. */
    leaseMs: number | null;
    limit: number;
  },
): Promise<{ devices: TakenDevice[]; operations: TakenOperation[]; priority: 'edit' | 'bulk' }> {
  const rows = await tx.rows<TakenRow>(
    `with due as (
       select i.resource_id, min(case when o.lane = 'device' then 0 else 1 end) as rank, min(o.sequence) as sequence,
         min(i.position) as position
       from operation o join operation_item i on i.operation_id = o.id
       join resource s on s.id = o.site_id and s.applied_revision is not null and s.deleted_at is null
       where o.site_id = $1 and o.customer_id = $2 and o.status in ('pending', 'in_progress')
         and o.release_at <= clock_timestamp() and i.status = 'pending'
         and not exists (
           select 1 from operation busy where busy.resource_id = $1 and busy.status in ('pending', 'in_progress', 'awaiting_approval'))
       group by i.resource_id order by rank, sequence, position limit $3
     )
     select r.id as "resourceId", r.name, r.revision, r.is_wanted as "isWanted", wanted.spec, applied.spec as "appliedSpec",
       r.outputs, r.is_unreconciled as "mayExist", attempted.specs as attempted
     from due join resource r on r.id = due.resource_id
     join resource_revision wanted on wanted.resource_id = r.id and wanted.revision = r.revision
     left join resource_revision applied on applied.resource_id = r.id and applied.revision = r.applied_revision
     left join lateral (
       select jsonb_agg(v.spec order by v.revision desc) as specs from resource_revision v
       where v.resource_id = r.id and r.is_unreconciled
         and v.revision > coalesce(r.applied_revision, 0) and v.revision <= r.attempted_revision
     ) attempted on true
     order by due.rank, due.sequence, due.position`,
    [siteId, customerId, limit],
  );
  if (rows.length === 0) return { devices: [], operations: [], priority: 'bulk' };
  const operations = await tx.rows<TakenOperation & { lane: string }>(
    `with leased as (
       update device_lane set worker_id = $3,
         lease_until = case when $4::float8 is null then lease_until
           else clock_timestamp() + make_interval(secs => $4 / 1000.0) end
       where resource_id = $2 returning lease_until
     ), fenced as (
       update resource set fencing_token = $5 where id = $2
     ), taken as (
       update operation o set status = 'in_progress', phase = 'applying', worker_id = $3, released_at = null,
         waiting_for = null, lease_until = leased.lease_until, fencing_token = $5,
         deadline_at = clock_timestamp() + make_interval(mins => $7),
         started_at = coalesce(o.started_at, clock_timestamp())
       from leased
       where o.site_id = $1 and o.status in ('pending', 'in_progress') and exists (
         select 1 from operation_item i
         where i.operation_id = o.id and i.resource_id = any($6::uuid[]) and i.status = 'pending')
       returning o.id, o.customer_id, o.attempt, o.ladder_start, o.lane, o.worker_id, o.fencing_token
     ), logged as (
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, 'claimed', jsonb_build_object('workerId', worker_id, 'fencingToken', fencing_token)
       from taken
     )
     select id as "operationId", attempt, ladder_start as "ladderStart", lane from taken`,
    [
      siteId,
      collectionId,
      workerId,
      leaseMs,
      fencingToken,
      rows.map(({ resourceId }) => resourceId),
      ROUND_DEADLINE_MINUTES,
    ],
  );
  return {
    devices: rows.map(({ isWanted, spec, appliedSpec, attempted, outputs, ...row }) => ({
      ...row,
      spec: isWanted ? spec : undefined,
      attempted: attempted ?? [],
      applied: appliedSpec === null ? undefined : { spec: appliedSpec, outputs },
    })),
    operations: operations.map(({ lane: _lane, ...operation }) => operation),
    priority: operations.some(({ lane }) => lane === 'device') ? 'edit' : 'bulk',
  };
}
