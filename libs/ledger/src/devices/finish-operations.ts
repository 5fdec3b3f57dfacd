import type { Sql } from '../database/database.js';

/**
 * Counts what has become of the devices of operations, and ends those that have none left to wait for: succeeded,
 * failed when the vendor refused some, cancelled when all were overtaken. `supersededBy` tells by which operation;
 * without it, it was a later one of the same round.
 * @returns the ids of those that have ended
 */
export async function finishOperations(
  sql: Sql,
  operationIds: readonly string[],
  supersededBy: string | null = null,
): Promise<string[]> {
  if (operationIds.length === 0) return [];
  const ended = await sql.rows<{ id: string }>(
    `with tally as (
       select asked.id, count(*) filter (where i.status = 'pending')::int as pending,
         count(*) filter (where i.status = 'succeeded')::int as succeeded,
         count(*) filter (where i.status = 'succeeded' and i.action = 'put')::int as put,
         count(*) filter (where i.status = 'succeeded' and i.action = 'delete')::int as removed,
         count(*) filter (where i.status = 'superseded')::int as superseded,
         count(*) filter (where i.status = 'failed')::int as failed,
         (array_agg(i.error) filter (where i.status = 'failed'))[1] as error
       from unnest($1::uuid[]) as asked (id) left join operation_item i on i.operation_id = asked.id
       group by asked.id
     ), counted as (
       update operation o set items_succeeded = t.succeeded + t.superseded, items_failed = t.failed,
         status = case when t.pending > 0 then o.status when t.failed > 0 then 'failed'
           when t.succeeded = 0 and o.site_id is not null and t.superseded > 0 then 'cancelled' else 'succeeded' end,
         phase = case when t.pending > 0 then o.phase else 'done' end,
         finished_at = case when t.pending > 0 then null else clock_timestamp() end,
         released_at = case when t.pending > 0 then o.released_at end,
         lease_until = case when t.pending > 0 then o.lease_until end,
         waiting_for = case when t.pending > 0 then o.waiting_for end,
         superseded_by = case when t.pending = 0 and t.failed = 0 and t.succeeded = 0 then coalesce($2::uuid, (
             select later.id from operation later
             join operation_item theirs on theirs.operation_id = later.id
             join operation_item mine on mine.operation_id = o.id and mine.resource_id = theirs.resource_id
             where later.id = any($1::uuid[]) and later.sequence > o.sequence order by later.sequence desc limit 1))
           else o.superseded_by end,
         attempt = o.attempt + case when t.pending = 0 and o.status = 'in_progress' then 1 else 0 end,
         changes = jsonb_build_object('add', case when o.action = 'create' then t.put else 0 end,
           'change', case when o.action = 'create' then 0 else t.put end, 'remove', t.removed, 'replace', 0),
         error = case when t.pending > 0 then o.error
           when t.failed > 0 and o.items_total = 1 then t.error
           when t.failed > 0 then jsonb_build_object('code', 'PARTIAL_FAILURE', 'retryable', true, 'message',
             format('%s of %s devices failed', t.failed, o.items_total))
           when t.succeeded = 0 and t.superseded > 0 then jsonb_build_object('code', 'SUPERSEDED', 'retryable', false,
             'message', 'a later request took its place') end
       from tally t where o.id = t.id and o.status in ('pending', 'in_progress')
       returning o.id, o.customer_id, o.status, o.error, t.pending, t.succeeded, t.failed, o.items_total
     ), logged as (
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, case when pending > 0 then 'progress' when status = 'cancelled' then 'superseded' else status end,
         case when pending > 0
           then jsonb_build_object('total', items_total, 'succeeded', succeeded, 'failed', failed)
           else coalesce(error, '{}') end
       from counted
     )
     select id from counted where pending = 0`,
    [operationIds, supersededBy],
  );
  return ended.map(({ id }) => id);
}
