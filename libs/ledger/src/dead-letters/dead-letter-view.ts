import type { DeadLetter, DeadLetterReason, DeadLetterStatus, Lane, OperationError } from '@app/contracts';

/** A row of `DEAD_LETTER_COLUMNS`. */
export interface DeadLetterRow {
  id: string;
  status: DeadLetterStatus;
  reason: DeadLetterReason;
  error: OperationError;
  queue: string;
  vendor: string;
  lane: Lane;
  operationId: string | null;
  customer: string | null;
  site: string | null;
  attempts: number;
  seenCount: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  closedAt: Date | null;
  closedBy: string | null;
  closedReason: string | null;
}

/** Selects what `viewDeadLetter` needs; `d` is the dead letter. */
export const DEAD_LETTER_COLUMNS = `
  d.id, coalesce(d.resolution, 'open') as status, d.reason, d.error, d.queue, d.vendor, d.lane,
  d.operation_id as "operationId", c.name as customer, coalesce(parent.name, r.name) as site, d.attempts,
  d.seen_count as "seenCount", d.first_seen_at as "firstSeenAt", d.last_seen_at as "lastSeenAt",
  d.closed_at as "closedAt", d.closed_by as "closedBy", d.closed_reason as "closedReason"`;

export const DEAD_LETTER_TABLES = `
  dead_letter d left join customer c on c.id = d.customer_id
  left join resource r on r.id = d.resource_id left join resource parent on parent.id = r.parent_id`;

/** A dead letter as clients see it. */
export const viewDeadLetter = ({
  operationId,
  customer,
  site,
  closedBy,
  closedReason,
  firstSeenAt,
  lastSeenAt,
  closedAt,
  ...row
}: DeadLetterRow): DeadLetter => ({
  ...row,
  ...(operationId !== null && { operationId }),
  ...(customer !== null && { customer }),
  ...(site !== null && { site }),
  firstSeenAt: firstSeenAt.toISOString(),
  lastSeenAt: lastSeenAt.toISOString(),
  closedAt: closedAt?.toISOString() ?? null,
  ...(closedBy !== null && { closedBy }),
  ...(closedReason !== null && { closedReason }),
  links: {
    self: `/v1/dead-letters/${row.id}`,
    ...(operationId !== null && { operation: `/v1/operations/${operationId}` }),
  },
});
