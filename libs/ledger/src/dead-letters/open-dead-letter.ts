import type { DeadLetterReason, OperationError } from '@app/contracts';
import { newId } from '@app/runtime';
import type { Sql } from '../database/database.js';

/**
 * Opens the dead letter of an operation that has just failed. When a later request for the same resource waits, which
 * takes the operation's place, it is closed from the start: there is a message for it all the same.
 */
export async function openDeadLetter(
  sql: Sql,
  operationId: string,
  reason: DeadLetterReason,
  error: OperationError,
): Promise<void> {
  await sql.rows(
    `insert into dead_letter (id, customer_id, operation_id, resource_id, queue, vendor, lane, reason, error, attempts,
       seen_count, first_seen_at, closed_at, resolution, closed_by)
     select $2, o.customer_id, o.id, o.resource_id, 'sitewright.' || o.vendor || '.' || o.lane, o.vendor, o.lane, $3, $4,
       o.attempt, 1 + earlier.times, coalesce(earlier.first_seen_at, clock_timestamp()),
       case when later.by is not null then clock_timestamp() end, case when later.by is not null then 'superseded' end,
       later.by
     from operation o cross join lateral (
       select count(*)::int as times, min(first_seen_at) as first_seen_at from dead_letter where operation_id = o.id
     ) earlier left join lateral (
       select created_by as by from operation
       where o.site_id is null and resource_id = o.resource_id and sequence > o.sequence order by sequence desc limit 1
     ) later on true
     where o.id = $1`,
    [operationId, newId(), reason, JSON.stringify(error)],
  );
}
