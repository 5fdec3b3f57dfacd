import type { Worker } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DEAD_AFTER_SECONDS } from './sweep-workers.js';
import type { WorkerQueries, WorkerReport } from './workers.js';

interface WorkerRow extends Omit<Worker, 'startedAt' | 'lastSeenAt'> {
  startedAt: Date;
  lastSeenAt: Date;
}

/** Which workers there are, as they say of themselves. */
@Injectable()
export class WorkersRepository implements WorkerQueries {
  constructor(private readonly database: Database) {}

  async list(): Promise<Worker[]> {
    const rows = await this.database.rows<WorkerRow>(
      `select id, app, slots, busy, started_at as "startedAt", last_seen_at as "lastSeenAt",
         case when stopped_at is not null then 'stopped'
           when last_seen_at < now() - make_interval(secs => $1) then 'dead'
           when is_draining then 'draining' else 'alive' end as state
       from worker order by app, started_at, id`,
      [DEAD_AFTER_SECONDS],
    );
    return rows.map((row) => ({
      ...row,
      startedAt: row.startedAt.toISOString(),
      lastSeenAt: row.lastSeenAt.toISOString(),
    }));
  }

  async report({ id, app, slots, busy, isDraining }: WorkerReport): Promise<void> {
    await this.database.rows(
      `insert into worker (id, app, slots, busy, is_draining) values ($1, $2, $3, $4, $5)
       on conflict (id) do update set slots = excluded.slots, busy = excluded.busy,
         is_draining = excluded.is_draining, last_seen_at = now(), stopped_at = null, reported_dead_at = null`,
      [id, app, slots, busy, isDraining],
    );
  }

  async stopped(id: string): Promise<void> {
    await this.database.rows(
      `update worker set busy = 0, stopped_at = now(), last_seen_at = now() where id = $1`,
      [id],
    );
  }
}
