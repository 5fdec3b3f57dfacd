import type { DeadLetterReason, OperationError } from '@app/contracts';
import { newId } from '@app/runtime';
import type { Sql } from '../database/database.js';

/**
 * Opens the dead letter of an operation that has just failed. Nothing is opened when a later request for the same
 * resource waits: it takes the operation's place.
 */
export async function openDeadLetter(
  sql: Sql,
  operationId: string,
  reason: DeadLetterReason,
  error: OperationError,
): Promise<void> {
  await sql.rows(
    `insert into dead_letter (id, customer_id, operation_id, resource_id, queue, vendor, lane, reason, error, attempts,
       seen_count, first_seen_at)
     select $2, o.customer_id, o.id, o.resource_id, 'sitewright.' || o.vendor || '.' || o.lane, o.vendor, o.lane, $3, $4,
       o.attempt, 1 + earlier.times, coalesce(earlier.first_seen_at, clock_timestamp())
     from operation o, lateral (
       select count(*)::int as times, min(first_seen_at) as first_seen_at from dead_letter where operation_id = o.id
     ) earlier
     where o.id = $1 and (o.site_id is not null or not exists (
       select 1 from operation later where later.resource_id = o.resource_id and later.sequence > o.sequence))`,
    [operationId, newId(), reason, JSON.stringify(error)],
  );
}
