import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../measure/statistics.js';
import { deviceSpec, newDevice, type DeviceSite, type DeviceSystem } from './device-system.js';

/** The scarce call of devices, and how often an account may make it in a minute. */
const BULK_CALL = 'updateSiteStaticHosts';
const BULK_CALLS_PER_MINUTE = 120;

export interface FloodOptions {
  clockScale: number;
  simulatedMinutes: number;
  /** Requests of the orderly accounts together, in a simulated minute. */
  requestsPerMinute: number;
  /** Another one for each run on the same sites: what is as it is asked for is no work. */
  edition?: number;
}

export interface FloodResults {
  simulatedMinutes: number;
  requests: number;
  /** Requests of the orderly accounts that the gateway answered with an error: it has more than the machine can do. */
  notAccepted: number;
  floodRequests: number;
  calls: number;
  refused: number;
  /** Of what the flooding account might have made of the bulk call, and did. */
  allowanceUsed: number;
  /** From request to settlement, for the orderly accounts, in real milliseconds. */
  waitP50Ms: number;
  waitP95Ms: number;
}

/** Devices of the flooding account that wait at any time. All are new: a new device takes one of the scarce calls. */
const FLOOD_DEPTH = 100;
/** Requests of the flood in the air. */
const FLOOD_CLIENTS = 8;

/**
 * An even load of single devices over many accounts, and one account that asks for more than its vendor lets it do.
 * Counted from when the flood has filled its queue.
 */
export async function measureFlood(
  system: DeviceSystem,
  { orderly, flooding }: { orderly: readonly DeviceSite[]; flooding: readonly DeviceSite[] },
  { clockScale, simulatedMinutes, requestsPerMinute, edition = 1 }: FloodOptions,
): Promise<FloodResults> {
  const durationMs = (simulatedMinutes * 60_000) / clockScale;
  const intervalMs = 60_000 / clockScale / requestsPerMinute;
  const stop = new AbortController();
  let floodRequests = 0;
  const flood = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const [open] = await system.database.rows<{ count: number }>(
        `select count(*)::int as count from operation o join customer c on c.id = o.customer_id
         where c.name = $1 and o.status in ('pending', 'in_progress')`,
        [flooding[0]?.account],
      );
      const missing = FLOOD_DEPTH - (open?.count ?? 0);
      await Promise.all(
        Array.from({ length: Math.min(Math.max(missing, 0), FLOOD_CLIENTS) }, async () => {
          const number = floodRequests;
          floodRequests += 1;
          const { account, site } = flooding[number % flooding.length] ?? { account: '', site: '' };
          const { name, body } = newDevice(Math.floor(number / flooding.length));
          await system.client.call('PUT', `/v1/customers/${account}/sites/${site}/devices/${name}`, { body });
        }),
      );
      if (missing <= 0) await sleep(20);
    }
  };
  const flooded = flooding.length === 0 ? Promise.resolve() : flood();
  // Told at the end, where it is awaited; until then nobody else may take it for unhandled.
  flooded.catch(() => {});
  if (flooding.length > 0) await sleep(10_000 / clockScale);
  const account = flooding[0]?.account;
  const before = {
    all: await system.calls(),
    flood: account === undefined ? undefined : await system.calls(account),
  };
  const startedAt = performance.now();
  const ids: string[] = [];
  let notAccepted = 0;
  const pending: Promise<unknown>[] = [];
  for (let number = 0; performance.now() - startedAt < durationMs; number++) {
    const { account: customer, site } = orderly[number % orderly.length] ?? { account: '', site: '' };
    const index = Math.floor(number / orderly.length);
    const path = `/v1/customers/${customer}/sites/${site}/devices/d${index % 100}`;
    const body = deviceSpec(index % 100, edition + Math.floor(index / 100));
    pending.push(
      system.client.submit('PUT', path, { body }).then(
        ({ id }) => ids.push(id),
        () => (notAccepted += 1),
      ),
    );
    const dueMs = (number + 1) * intervalMs - (performance.now() - startedAt);
    if (dueMs > 0) await sleep(dueMs);
  }
  const after = {
    all: await system.calls(),
    flood: account === undefined ? undefined : await system.calls(account),
  };
  const countedMs = performance.now() - startedAt;
  stop.abort();
  await Promise.all(pending);
  await flooded;
  await system.settled(ids);
  const waits = await system.database.rows<{ ms: number }>(
    `select (extract(epoch from finished_at - created_at) * 1000)::float8 as ms from operation where id = any($1::uuid[])`,
    [ids],
  );
  const waitsMs = waits.map(({ ms }) => ms);
  const allowance = (BULK_CALLS_PER_MINUTE * countedMs * clockScale) / 60_000;
  const used = (after.flood?.byOperation[BULK_CALL] ?? 0) - (before.flood?.byOperation[BULK_CALL] ?? 0);
  return {
    simulatedMinutes: (countedMs * clockScale) / 60_000,
    requests: ids.length,
    notAccepted,
    floodRequests,
    calls: after.all.accepted - before.all.accepted,
    refused: after.all.refused - before.all.refused,
    allowanceUsed: used / allowance,
    waitP50Ms: percentile(waitsMs, 0.5),
    waitP95Ms: percentile(waitsMs, 0.95),
  };
}
