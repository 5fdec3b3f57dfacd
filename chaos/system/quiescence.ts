import { setTimeout as sleep } from 'node:timers/promises';
import { WORK_QUEUES } from './broker-hand.js';
import type { System } from './system.js';

const ASK_EVERY_MS = 100;
/** On a busy machine much may wait for its turn; whatever is not done by then is not on its way at all. */
const PATIENCE_MS = 120_000;

export interface Quiescence {
  /** How long it took. */
  ms: number;
  /** What is not at rest, if patience has ended. */
  unfinished: string[];
  /** The last thing that was waited for; undefined when all was at rest at once. */
  waitedFor: string | undefined;
}

/** Waits until every operation of the customers has ended and nothing is on its way any more. */
export async function untilQuiet(system: System, prefix: string): Promise<Quiescence> {
  const startedAt = performance.now();
  let waitedFor: string | undefined;
  for (;;) {
    const unfinished = await findUnfinished(system, prefix);
    const ms = Math.round(performance.now() - startedAt);
    if (unfinished.length === 0 || ms > PATIENCE_MS) return { ms, unfinished, waitedFor };
    waitedFor = unfinished[0]?.split(' ')[0];
    await sleep(ASK_EVERY_MS);
  }
}

async function findUnfinished({ ledger, broker }: System, prefix: string): Promise<string[]> {
  const rows = await ledger.rows<{ what: string }>(
    `select 'operation ' || to_jsonb(o)::text as what from operation o join customer c on c.id = o.customer_id
       where c.name like $1 and o.status in ('pending', 'in_progress', 'awaiting_approval')
     union all select 'outbox ' || to_jsonb(x)::text from outbox x
     union all select 'lock ' || to_jsonb(l)::text from state_lock l join customer c on c.id = l.customer_id
       where c.name like $1
     union all select 'devices ' || to_jsonb(d)::text as what from device_lane d join customer c on c.id = d.customer_id
       where c.name like $1 and d.lease_until is not null`,
    [`${prefix}%`],
  );
  if (rows.length > 0) return rows.map(({ what }) => what);
  const queues = await broker.queues().catch(() => undefined);
  const work = queues?.filter(({ name }) => WORK_QUEUES.includes(name)) ?? [];
  if (work.length < WORK_QUEUES.length) return ['the broker does not say what is in the work queues'];
  return work
    .filter(({ ready, unacknowledged }) => ready + unacknowledged > 0)
    .map((queue) => `queue ${JSON.stringify(queue)}`);
}
