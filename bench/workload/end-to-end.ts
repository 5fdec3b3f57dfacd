import type { Operation } from '@app/contracts';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { System } from '../system/system.js';
import { inParallel } from './in-parallel.js';
import { siteBody, type WorkItem } from './sites.js';

export type Action = 'create' | 'update' | 'delete';

/** How one operation went, by the ledger's own clock. */
export interface SettledOperation {
  queuedMs: number;
  /** From claim to settlement. */
  runMs: number;
  /** Thereof Terraform planning and applying, by its own stream. */
  terraformMs: number;
}

export interface EndToEndBlock {
  count: number;
  /** From the first request to the last settlement. */
  durationMs: number;
  operations: SettledOperation[];
}

const REQUESTS_AT_A_TIME = 8;
const POLL_MS = 50;
const TIMEOUT_MS = 300_000;

interface EndedRow {
  status: string;
  error: unknown;
  createdAt: Date;
  startedAt: Date;
  finishedAt: Date;
  timings: { planMs?: number; applyMs?: number };
}

/** Asks for one thing for every site, and waits until every operation is settled. Throws when one has failed. */
export async function runBlock(
  { client, database }: System,
  action: Action,
  items: readonly WorkItem[],
): Promise<EndToEndBlock> {
  const ids: string[] = [];
  const startedAt = Date.now();
  await inParallel(items, REQUESTS_AT_A_TIME, async (item) => {
    ids.push((await submit(client, action, item)).id);
  });
  await waitFor(
    async () => {
      const [open] = await database.rows<{ count: number }>(
        `select count(*)::int as count from operation where id = any($1::uuid[]) and finished_at is null`,
        [ids],
      );
      return open?.count === 0;
    },
    { what: `the end of ${items.length} operations`, timeoutMs: TIMEOUT_MS, intervalMs: POLL_MS },
  );
  const rows = await database.rows<EndedRow>(
    `select status, error, created_at as "createdAt", started_at as "startedAt", finished_at as "finishedAt", timings
     from operation where id = any($1::uuid[])`,
    [ids],
  );
  const failed = rows.filter(({ status }) => status !== 'succeeded');
  if (failed.length > 0 || rows.length !== items.length) {
    const detail = JSON.stringify(failed[0]?.error);
    throw new Error(`${failed.length} of ${rows.length} operations (${action}) have failed: ${detail}`);
  }
  return {
    count: rows.length,
    durationMs: Math.max(...rows.map(({ finishedAt }) => finishedAt.getTime())) - startedAt,
    operations: rows.map((row) => ({
      queuedMs: row.startedAt.getTime() - row.createdAt.getTime(),
      runMs: row.finishedAt.getTime() - row.startedAt.getTime(),
      terraformMs: (row.timings.planMs ?? 0) + (row.timings.applyMs ?? 0),
    })),
  };
}

function submit(client: System['client'], action: Action, item: WorkItem): Promise<Operation> {
  const path = `/v1/customers/${item.account}/sites/${item.site}`;
  if (action === 'delete') return client.submit('DELETE', path);
  return client.submit('PUT', path, { body: siteBody(item, action === 'create' ? 1 : 2) });
}
