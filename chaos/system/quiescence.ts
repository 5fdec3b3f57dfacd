import { setTimeout as sleep } from 'node:timers/promises';
import { REPORT_AGE_MS, WORK_QUEUES, type BrokerHand } from './broker-hand.js';

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

/** What is asked whether all is at rest. */
export interface Witnesses {
  ledger: { rows: (sql: string, parameters: readonly unknown[]) => Promise<{ what: string }[]> };
  broker: Pick<BrokerHand, 'queues'>;
}

/**
 * Waits until every operation of the customers has ended and nothing is on its way any more.
 * @param reportAgeMs the broker's queues are believed to be empty when the ledger has been at rest for so long
 */
export async function untilQuiet(
  witnesses: Witnesses,
  prefix: string,
  reportAgeMs = REPORT_AGE_MS,
): Promise<Quiescence> {
  const startedAt = performance.now();
  let waitedFor: string | undefined;
  let restingSince: number | undefined;
  for (;;) {
    const atWork = await workOf(witnesses, prefix);
    const now = performance.now();
    restingSince = atWork.length > 0 ? undefined : (restingSince ?? now);
    const isNews = restingSince !== undefined && now - restingSince >= reportAgeMs;
    const unfinished = [...atWork, ...(isNews ? await messagesIn(witnesses) : [])];
    const ms = Math.round(now - startedAt);
    if ((isNews && unfinished.length === 0) || ms > PATIENCE_MS) return { ms, unfinished, waitedFor };
    waitedFor = unfinished[0]?.split(' ')[0] ?? waitedFor;
    await sleep(ASK_EVERY_MS);
  }
}

async function workOf({ ledger }: Witnesses, prefix: string): Promise<string[]> {
  const rows = await ledger.rows(
    `select 'operation ' || to_jsonb(o)::text as what from operation o join customer c on c.id = o.customer_id
       where c.name like $1 and o.status in ('pending', 'in_progress', 'awaiting_approval')
     union all select 'outbox ' || to_jsonb(x)::text from outbox x
     union all select 'lock ' || to_jsonb(l)::text from state_lock l join customer c on c.id = l.customer_id
       where c.name like $1
     union all select 'devices ' || to_jsonb(d)::text as what from device_lane d join customer c on c.id = d.customer_id
       where c.name like $1 and d.lease_until is not null`,
    [`${prefix}%`],
  );
  return rows.map(({ what }) => what);
}

async function messagesIn({ broker }: Witnesses): Promise<string[]> {
  const queues = await broker.queues().catch(() => undefined);
  const work = queues?.filter(({ name }) => WORK_QUEUES.includes(name)) ?? [];
  if (work.length < WORK_QUEUES.length) return ['the broker does not say what is in the work queues'];
  return work
    .filter(({ ready, unacknowledged }) => ready + unacknowledged > 0)
    .map((queue) => `queue ${JSON.stringify(queue)}`);
}
