import type { OperationEvent, Page } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { decodeCursor, ID_PATTERN, pageOf } from '../cursor.js';
import { Database } from '../database/database.js';
import { NotFound } from '../errors.js';
import { viewEvent, type EventRow } from './event-view.js';
import type { FollowedOperation, NewEvents, OperationEvents } from './operation-events.js';

/** Events of one operation that one look fetches at most; the rest comes with the next look. */
const BATCH = 200;
const EVENT_ID = /^\d{1,18}$/;

/** Times as text, as JSON shows them: no need to make dates of them. */
const EVENT = `'id', e.id::text, 'type', e.type, 'data', e.data,
  'at', to_char(e.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Reads what happened to operations. */
@Injectable()
export class OperationEventsRepository implements OperationEvents {
  constructor(private readonly database: Database) {}

  async list(
    operationId: string,
    customer: string | undefined,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<OperationEvent>> {
    const after = decodeCursor(page.cursor, EVENT_ID) ?? '0';
    const [found] = await this.database.rows<{ events: EventRow[] | null }>(
      `select (
         select json_agg(json_build_object(${EVENT}) order by e.id) from (
           select * from operation_event where operation_id = o.id and id > $3::bigint order by id limit $4) e
       ) as events
       from operation o join customer c on c.id = o.customer_id
       where o.id = $1 and ($2::text is null or c.name = $2)`,
      [ID_PATTERN.test(operationId) ? operationId : null, customer ?? null, after, page.limit + 1],
    );
    if (found === undefined) throw new NotFound('operation', operationId);
    return pageOf(found.events ?? [], page.limit, { key: ({ id }) => id, view: viewEvent });
  }

  async newer(followed: readonly FollowedOperation[]): Promise<NewEvents[]> {
    const rows = await this.database.rows<{
      operationId: string;
      isFinal: boolean;
      events: EventRow[] | null;
    }>(
      // Status and events in one statement: an operation that has ended shows the event that says so.
      `select followed.id as "operationId",
         coalesce(o.status in ('succeeded', 'failed', 'cancelled', 'timed_out'), true) as "isFinal",
         (select json_agg(json_build_object(${EVENT}) order by e.id) from (
            select * from operation_event where operation_id = o.id and id > followed.after order by id limit $3) e
         ) as events
       from unnest($1::uuid[], $2::bigint[]) with ordinality as followed (id, after, place)
       left join operation o on o.id = followed.id order by followed.place`,
      [followed.map(({ operationId }) => operationId), followed.map(({ after }) => after), BATCH],
    );
    return rows.map(({ operationId, isFinal, events }) => ({
      operationId,
      events: (events ?? []).map(viewEvent),
      isOver: isFinal && (events?.length ?? 0) < BATCH,
    }));
  }
}
