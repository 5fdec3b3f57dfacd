import { setTimeout as sleep } from 'node:timers/promises';
import { deviceSpec } from './bodies.js';
import type { DeviceSite, DeviceSystem } from './device-system.js';
import { openLoop } from './open-loop.js';

export interface AccountAfterOutage {
  account: string;
  breaker: string;
  /** From one probe to the next when the vendor came back. */
  probeIntervalMs: number;
  /** From then to the next probe. */
  nextProbeMs: number;
  /** From then to its first operation that succeeded. */
  firstSettledMs: number;
  /** Thereof after the probe was due: its release, its delivery, its call. */
  afterProbeMs: number;
  isWithinInterval: boolean;
}

export interface OutageResults {
  outageSeconds: number;
  requests: number;
  failed: number;
  callsDuringOutage: number;
  /** From the vendor's return to the first operation that succeeded, and to the last one's end. */
  firstSettledMs: number;
  allSettledMs: number;
  /** The longest that anybody waited from one probe to the next when the vendor came back. */
  longestProbeIntervalMs: number;
  /** Those whose breaker was open when the vendor came back. */
  accounts: AccountAfterOutage[];
}

interface BreakerRow {
  account: string;
  state: string;
  probeWaitMs: number;
  probeInMs: number;
}

const REQUEST_EVERY_MS = 100;

/** The vendor is down as a whole while requests go on; then it comes back. */
export async function measureOutage(
  system: DeviceSystem,
  sites: readonly DeviceSite[],
  { outageSeconds, edition }: { outageSeconds: number; edition: number },
): Promise<OutageResults> {
  const { database } = system;
  const fault = { vendor: 'cato', operation: '*', probability: 1, effect: 'status', status: 503 };
  await system.stack.admin('POST', '/faults', fault);
  const before = await system.calls();
  const ids: string[] = [];
  const outageEnds = sleep(outageSeconds * 1_000);
  await openLoop({ durationMs: outageSeconds * 1_000, intervalMs: REQUEST_EVERY_MS }, async (number) => {
    const { account, site } = sites[number % sites.length] ?? { account: '', site: '' };
    const path = `/v1/customers/${account}/sites/${site}/devices/o${number % 40}`;
    ids.push((await system.client.submit('PUT', path, { body: deviceSpec(number % 200, edition) })).id);
  });
  await outageEnds;
  const during = await system.calls();
  const breakers = await database.rows<BreakerRow>(
    `select a.account_id as account, b.state, b.probe_wait_ms as "probeWaitMs",
       (extract(epoch from b.probe_at - clock_timestamp()) * 1000)::float8 as "probeInMs"
     from vendor_breaker b join vendor_account a on a.id = b.vendor_account_id
     where b.family = 'devices' and b.state <> 'closed' order by a.account_id`,
  );
  const [back] = await database.rows<{ at: string }>('select clock_timestamp()::text as at');
  await system.stack.admin('DELETE', '/faults');
  const endings = await system.ended(ids);
  const settled = await database.rows<{ account: string; firstMs: number; lastMs: number }>(
    `select c.name as account,
       (extract(epoch from min(o.finished_at) filter (where o.status = 'succeeded') - $2::timestamptz) * 1000)::float8
         as "firstMs",
       (extract(epoch from max(o.finished_at) - $2::timestamptz) * 1000)::float8 as "lastMs"
     from operation o join customer c on c.id = o.customer_id
     where o.id = any($1::uuid[]) and o.finished_at > $2::timestamptz group by c.name`,
    [ids, back?.at],
  );
  const firstOf = new Map(settled.map(({ account, firstMs }) => [account, firstMs]));
  const accounts = breakers.map(({ account, state, probeWaitMs, probeInMs }) => {
    const firstSettledMs = firstOf.get(account) ?? Number.NaN;
    return {
      account,
      breaker: state,
      probeIntervalMs: probeWaitMs,
      nextProbeMs: probeInMs,
      firstSettledMs,
      afterProbeMs: firstSettledMs - Math.max(probeInMs, 0),
      isWithinInterval: firstSettledMs <= probeWaitMs,
    };
  });
  return {
    outageSeconds,
    requests: ids.length,
    failed: (endings['failed'] ?? 0) + (endings['timed_out'] ?? 0),
    callsDuringOutage: during.accepted + during.refused - before.accepted - before.refused,
    firstSettledMs: Math.min(...firstOf.values()),
    allSettledMs: Math.max(...settled.map(({ lastMs }) => lastMs)),
    longestProbeIntervalMs: Math.max(0, ...accounts.map(({ probeIntervalMs }) => probeIntervalMs)),
    accounts,
  };
}
