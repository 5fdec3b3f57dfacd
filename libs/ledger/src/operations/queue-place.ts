import type { Operation } from '@app/contracts';
import { FAMILY_OF_LANE } from '../breakers/breakers.js';
import type { Sql } from '../database/database.js';
import { MAX_IN_FLIGHT } from './dispatch.js';

/** Nobody plans by a place further back; it is as far as we count. */
const FURTHEST = 10_000;
/** How fast a lane goes is told by so many of its operations, none of which ended longer ago than that. */
const SAMPLE = 200;
const SAMPLE_MINUTES = 5;

interface PlaceRow {
  position: number;
  finished: number;
  /** Since the first of those that have finished lately was begun. */
  sampleSeconds: number | null;
  dueSeconds: number;
  waitingFor: string | null;
}

/**
 * Where a pending operation stands. `position` counts the operations of its own line (its customer's, in that lane of
 * that vendor account) that no worker has taken yet and that are released before it, up to 10,000: by the time at which
 * they were released or are due, then by age. Other customers' operations are not counted, as each customer has slots
 * of its own; operations that wait for something else may be overtaken, and a round of devices takes several at once,
 * so it is an upper bound. `etaSeconds` is how long that many take at the pace of the line's last operations; absent
 * when none has ended lately. Undefined when the operation does not wait any more.
 */
export async function queuePlace(sql: Sql, operationId: string): Promise<Operation['queue']> {
  const [row] = await sql.rows<PlaceRow>(QUERY, [
    operationId,
    FURTHEST,
    SAMPLE,
    SAMPLE_MINUTES,
    MAX_IN_FLIGHT,
    JSON.stringify(FAMILY_OF_LANE),
  ]);
  if (row === undefined) return undefined;
  const { position, finished, sampleSeconds, dueSeconds, waitingFor } = row;
  const paceSeconds = finished === 0 || sampleSeconds === null ? undefined : sampleSeconds / finished;
  return {
    position,
    ...(paceSeconds !== undefined && {
      etaSeconds: Math.ceil(Math.max((position + 1) * paceSeconds, dueSeconds)),
    }),
    ...(waitingFor !== null && { waitingFor }),
  };
}

const IN_LINE = `l.customer_id = o.customer_id and l.vendor_account_id = o.vendor_account_id and l.lane = o.lane`;
const RELEASED = `${IN_LINE} and l.status = 'pending' and l.released_at is not null`;

/** Every count goes along an index and ends early. */
const QUERY = `
  select coalesce(released.n, 0) + coalesce(due.n, 0) as position, recent.n as finished,
    extract(epoch from clock_timestamp() - recent.since)::float8 as "sampleSeconds",
    case when o.released_at is null
      then greatest(extract(epoch from o.release_at - clock_timestamp()), 0) else 0 end::float8 as "dueSeconds",
    case when o.released_at is not null then null
      when o.waiting_for is not null and o.release_at > clock_timestamp() then o.waiting_for
      when exists (
        select 1 from vendor_breaker breaker
        where breaker.vendor_account_id = o.vendor_account_id and breaker.state <> 'closed'
          and breaker.family = $6::jsonb ->> o.lane) then 'breaker'
      when lane.paused_until > clock_timestamp() then 'budget'
      when exists (
        select 1 from operation earlier
        where earlier.resource_id = o.resource_id and earlier.sequence < o.sequence
          and earlier.status in ('pending', 'in_progress', 'awaiting_approval')) then 'earlier_operation'
      when o.site_id is not null and exists (
        select 1 from resource site where site.id = o.site_id and (site.applied_revision is null or exists (
          select 1 from operation busy
          where busy.resource_id = site.id and busy.status in ('pending', 'in_progress', 'awaiting_approval'))))
        then 'site'
      when flight.n >= $5 then 'slot' end as "waitingFor"
  from operation o
  left join dispatch_lane lane on lane.customer_id = o.customer_id
    and lane.vendor_account_id = o.vendor_account_id and lane.lane = o.lane
  cross join lateral (
    select count(*)::int as n from (
      select 1 from operation l where ${RELEASED} and (o.released_at is null or l.released_at < o.released_at)
      limit $2) as before
  ) as released
  cross join lateral (
    select count(*)::int as n from (
      select 1 from operation l
      where ${IN_LINE} and l.status = 'pending' and l.released_at is null and o.released_at is null
        and l.release_at <= o.release_at and (l.release_at, l.sequence) < (o.release_at, o.sequence)
      limit $2) as before
  ) as due
  cross join lateral (
    select count(*)::int as n from (
      select 1 from operation l
      where ${IN_LINE} and (l.status = 'in_progress' or (l.status = 'pending' and l.released_at is not null))
      limit $5) as held
  ) as flight
  cross join lateral (
    select count(*)::int as n, min(last.started_at) as since from (
      select l.started_at from operation l
      where ${IN_LINE} and l.finished_at > clock_timestamp() - make_interval(mins => $4)
        and l.started_at is not null
      order by l.finished_at desc limit $3) as last
  ) as recent
  where o.id = $1 and o.status = 'pending'`;
