import type { OperationAction } from '@app/contracts';
import type { Transaction } from '../database/database.js';
import { phaseDuring } from '../resources/site-decision.js';
import { statusesBefore, transition } from './lifecycle.js';

export interface Reopening {
  operationId: string;
  resourceId: string;
  /** Who asks. */
  by: string;
  /** It is not released earlier. */
  delayMs?: number;
}

/**
 * Makes an operation that has ended pending again, with its idempotency key and its history, and with the ladder of
 * retries before it once more. Its lane must be locked, and is to be released afterwards.
 */
export async function reopen(
  tx: Transaction,
  { operationId, resourceId, by, delayMs = 0 }: Reopening,
): Promise<'reopened' | 'superseded' | 'not_ended'> {
  const [found] = await tx.rows<{ isDeleted: boolean }>(
    `select deleted_at is not null as "isDeleted" from resource where id = $1 for update`,
    [resourceId],
  );
  const [operation] = await tx.rows<{
    action: OperationAction;
    hasEnded: boolean;
    isSuperseded: boolean;
    isOfDevices: boolean;
  }>(
    `select o.action, o.status = any($3) as "hasEnded",
       o.superseded_by is not null or o.site_id is null and exists (
         select 1 from operation later where later.resource_id = $2 and later.sequence > o.sequence) as "isSuperseded",
       o.site_id is not null as "isOfDevices"
     from operation o where o.id = $1 and o.resource_id = $2`,
    [operationId, resourceId, statusesBefore('reopened')],
  );
  if (found === undefined || operation === undefined || !operation.hasEnded) return 'not_ended';
  if (found.isDeleted || operation.isSuperseded) return 'superseded';
  if (operation.isOfDevices && !(await reopenItems(tx, operationId))) return 'superseded';
  await tx.rows(
    `with reopened as (
       update operation set status = $2, phase = 'waiting', waiting_for = 'replay', finished_at = null,
         released_at = null, release_at = clock_timestamp() + make_interval(secs => $3 / 1000.0), ladder_start = attempt,
         takeovers = 0, worker_id = null, lease_until = null, deadline_at = null, cancel_requested_at = null
       where id = $1 returning id, customer_id, resource_id, release_at
     ), logged as (
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, 'reopened', jsonb_build_object('by', $4::text, 'releaseAt', release_at) from reopened
     )
     update resource set phase = $5, updated_at = now() from reopened where resource.id = reopened.resource_id`,
    [operationId, transition('failed', 'reopened'), delayMs, by, phaseDuring(operation.action)],
  );
  return 'reopened';
}

/** Only what failed is asked for again, unless something else was asked of the device meanwhile. */
async function reopenItems(tx: Transaction, operationId: string): Promise<boolean> {
  const reopened = await tx.rows(
    `with item as (
       update operation_item i set error = null,
         status = case when r.revision = i.revision and r.deleted_at is null and r.is_wanted = (i.action = 'put')
           then 'pending' else 'superseded' end
       from resource r where i.operation_id = $1 and i.status = 'failed' and r.id = i.resource_id
       returning i.resource_id, i.action, i.status
     ), device as (
       update resource r set phase = case when item.action = 'delete' then 'deleting'
           when r.applied_revision is null then 'creating' else 'updating' end, updated_at = now()
       from item where r.id = item.resource_id and item.status = 'pending'
     )
     select 1 from item where status = 'pending'`,
    [operationId],
  );
  return reopened.length > 0;
}
