import { DEVICES_CONVERGE, SITE_CONVERGE, type Lane } from '@app/contracts';
import { FAMILY_OF_LANE } from '../breakers/breakers.js';
import type { Sql, Transaction } from '../database/database.js';

/** What is released together: one customer's work of one lane at one vendor account. */
export interface DispatchLane {
  customerId: string;
  vendorAccountId: string;
  lane: Lane;
}

/** Operations of one lane that may be released or in progress at the same time. */
export const MAX_IN_FLIGHT = 20;
/** A probe that is not heard of for so many of the waits before it is lost, and another one is released. */
const LOST_PROBE_WAITS = 3;

/**
 * Locks the lane's row until the transaction ends. Whoever changes what may be released locks it first, and only
 * then reads: so of two such transactions one sees all that the other has written, and no wake-up is lost.
 */
export async function lockLane(tx: Transaction, lane: DispatchLane): Promise<void> {
  const key = [lane.customerId, lane.vendorAccountId, lane.lane];
  const lock = `select 1 from dispatch_lane where customer_id = $1 and vendor_account_id = $2 and lane = $3 for update`;
  if ((await tx.rows(lock, key)).length > 0) return;
  await tx.rows(
    `insert into dispatch_lane (customer_id, vendor_account_id, lane) values ($1, $2, $3) on conflict do nothing`,
    key,
  );
  await tx.rows(lock, key);
}

/** The message type that wakes a worker, per lane. */
const MESSAGE_TYPES: Partial<Record<Lane, string>> = {
  site: SITE_CONVERGE,
  device: DEVICES_CONVERGE,
  bulk: DEVICES_CONVERGE,
};

/**
 * Releases what is releasable in a lane, at most up to its free slots, and commits the messages with it. The lane
 * must be locked. `statement_timestamp()` rather than `now()`: the transaction may have waited for the lock.
 * @returns the ids of the released operations
 */
export async function releaseLane(sql: Sql, lane: DispatchLane): Promise<string[]> {
  const released = await sql.rows<{ id: string }>(
    `with free as (
       select greatest(0, $4::int - count(*)::int) as slots
       from operation
       where customer_id = $1 and vendor_account_id = $2 and lane = $3
         and (status = 'in_progress' or (status = 'pending' and released_at is not null))
     ), candidates as (
       select o.id, o.release_at, o.sequence
       from operation o
       where o.customer_id = $1 and o.vendor_account_id = $2 and o.lane = $3
         and o.status = 'pending' and o.released_at is null and o.release_at <= statement_timestamp()
         and not exists (
           select 1 from operation earlier
           where earlier.resource_id = o.resource_id and earlier.sequence < o.sequence
             and earlier.status in ('pending', 'in_progress', 'awaiting_approval'))
         -- What was told when there is room for it has its place in the line already.
         and (o.waiting_for = 'budget' or not exists (
           select 1 from dispatch_lane lane where lane.customer_id = $1 and lane.vendor_account_id = $2 and lane.lane = $3
             and lane.paused_until > statement_timestamp()))
         and not exists (
           select 1 from resource unsettled
           where unsettled.id = o.resource_id and unsettled.settles_at > statement_timestamp())
         -- A site goes when nobody programs its devices any more, nor may do so: a lease that ran out is swept first.
         and not exists (
           select 1 from device_lane devices where devices.site_id = o.resource_id and o.action = 'delete'
             and devices.lease_until is not null)
         and not exists (
           select 1 from resource child join resource parent on parent.id = child.parent_id
           where child.id = o.resource_id and (parent.applied_revision is null or exists (
             select 1 from operation busy
             where busy.resource_id = parent.id and busy.status in ('pending', 'in_progress', 'awaiting_approval'))))
       order by o.release_at, o.sequence
       limit (select slots from free)
     ), probe as (
       -- While the vendor counts as down one operation at a time finds out whether it is back.
       update vendor_breaker b set state = 'half_open', probe_operation_id = first.id,
         since = case when b.state = 'half_open' then b.since else statement_timestamp() end,
         probe_at = statement_timestamp() + make_interval(secs => b.probe_wait_ms * $7::float8 / 1000)
       from (select id from candidates order by release_at, sequence limit 1) first
       where b.vendor_account_id = $2 and b.family = $6 and b.state <> 'closed' and b.probe_at <= statement_timestamp()
       returning b.probe_operation_id as id
     ), chosen as (
       select id from candidates where id in (select id from probe) or not exists (
         select 1 from vendor_breaker b where b.vendor_account_id = $2 and b.family = $6 and b.state <> 'closed')
     ), released as (
       update operation o
       set release_no = o.release_no + 1, released_at = clock_timestamp(), phase = 'queued', waiting_for = null
       from chosen
       where o.id = chosen.id
       returning o.id, o.customer_id, o.vendor, o.lane, o.release_no, o.attempt, o.idempotency_key
     ), logged as (
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, 'released', jsonb_build_object('releaseNo', release_no) from released
     ), published as (
       insert into outbox (queue, type, headers, body)
       select 'sitewright.' || vendor || '.' || lane, $5,
         jsonb_build_object('x-sw-idempotency-key', idempotency_key, 'x-sw-operation-id', id,
           'x-sw-release-no', release_no, 'x-sw-attempt', attempt),
         jsonb_build_object('operationId', id, 'customerId', customer_id, 'releaseNo', release_no, 'lane', lane)
       from released
     )
     select id from released`,
    [
      lane.customerId,
      lane.vendorAccountId,
      lane.lane,
      MAX_IN_FLIGHT,
      MESSAGE_TYPES[lane.lane],
      FAMILY_OF_LANE[lane.lane],
      LOST_PROBE_WAITS,
    ],
  );
  return released.map(({ id }) => id);
}
