import type { Sql } from '../database/database.js';

/** A worker that has not been heard of for so long is dead. */
export const DEAD_AFTER_SECONDS = 30;
const KEPT_HOURS = 24;

/** A worker that is gone without a goodbye. */
export interface SilentWorker {
  workerId: string;
  app: string;
  lastSeenAt: Date;
}

/** Forgets the workers of yesterday. @returns those that have fallen silent since the last sweep */
export async function sweepWorkers(sql: Sql): Promise<SilentWorker[]> {
  await sql.rows(`delete from worker where last_seen_at < now() - make_interval(hours => $1)`, [KEPT_HOURS]);
  return sql.rows(
    `update worker set reported_dead_at = now()
     where stopped_at is null and reported_dead_at is null and last_seen_at < now() - make_interval(secs => $1)
     returning id as "workerId", app, last_seen_at as "lastSeenAt"`,
    [DEAD_AFTER_SECONDS],
  );
}
