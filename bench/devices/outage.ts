import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { deviceSpec, type DeviceSite, type DeviceSystem } from './device-system.js';

export interface OutageResults {
  outageSeconds: number;
  requests: number;
  failed: number;
  /** From the vendor's return to the first operation that was settled. */
  firstSettledMs: number;
  /** And to the last. */
  allSettledMs: number;
  callsDuringOutage: number;
  /** The longest that anybody waited from one probe to the next when the vendor came back. */
  probeIntervalMs: number;
}

/** The vendor is down as a whole while requests go on; then it comes back. */
export async function measureOutage(
  system: DeviceSystem,
  sites: readonly DeviceSite[],
  { outageSeconds, edition }: { outageSeconds: number; edition: number },
): Promise<OutageResults> {
  const fault = { vendor: 'cato', operation: '*', probability: 1, effect: 'status', status: 503 };
  await system.stack.admin('POST', '/faults', fault);
  const before = await system.calls();
  const ids: string[] = [];
  const startedAt = performance.now();
  for (let number = 0; performance.now() - startedAt < outageSeconds * 1_000; number++) {
    const { account, site } = sites[number % sites.length] ?? { account: '', site: '' };
    const path = `/v1/customers/${account}/sites/${site}/devices/o${number % 40}`;
    ids.push((await system.client.submit('PUT', path, { body: deviceSpec(number % 200, edition) })).id);
    await sleep(100);
  }
  const during = await system.calls();
  const [probes] = await system.database.rows<{ ms: number }>(
    `select coalesce(max(probe_wait_ms), 0)::float8 as ms from vendor_breaker where state <> 'closed'`,
  );
  await system.stack.admin('DELETE', '/faults');
  const backAt = performance.now();
  const ended = async (): Promise<number> => {
    const [row] = await system.database.rows<{ count: number }>(
      `select count(*)::int as count from operation where id = any($1::uuid[]) and finished_at is not null
         and status = 'succeeded'`,
      [ids],
    );
    return row?.count ?? 0;
  };
  const cancelled = await ended();
  await waitFor(async () => (await ended()) > cancelled, {
    what: 'the first operation',
    timeoutMs: 300_000,
    intervalMs: 20,
  });
  const firstSettledMs = performance.now() - backAt;
  await system.settled(ids);
  const allSettledMs = performance.now() - backAt;
  const [failed] = await system.database.rows<{ count: number }>(
    `select count(*)::int as count from operation where id = any($1::uuid[]) and status in ('failed', 'timed_out')`,
    [ids],
  );
  return {
    outageSeconds,
    requests: ids.length,
    failed: failed?.count ?? 0,
    firstSettledMs,
    allSettledMs,
    callsDuringOutage: during.accepted + during.refused - before.accepted - before.refused,
    probeIntervalMs: probes?.ms ?? 0,
  };
}
