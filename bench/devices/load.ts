import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../measure/statistics.js';
import { allowanceUsed, AllowanceWatch } from './allowance.js';
import type { DeviceSite, DeviceSystem, Endings } from './device-system.js';
import { FloodingAccount, type FloodingReport, type FloodingSites } from './flooding-account.js';
import { LookUps, type LookUpCounts } from './look-ups.js';
import { openLoop } from './open-loop.js';
import { OrderlyLoad, type Mix, type RequestKind, type Sent } from './orderly-load.js';
import { callsBetween, type VendorCalls } from './vendor-calls.js';

export interface LoadOptions {
  mix: Mix;
  simulatedMinutes: number;
  /** Requests of the orderly accounts together, in a simulated minute. */
  requestsPerMinute: number;
  /** Another one for each run on the same sites. */
  edition?: number;
}

export interface LoadResults {
  simulatedMinutes: number;
  clockScale: number;
  requests: number;
  /** What was really asked for in a simulated minute. */
  requestsPerMinute: number;
  /** Requests that were answered with an error. */
  notAccepted: number;
  firstNotAccepted?: string;
  /** Requests that waited with the client, because so many as it has in the air were not answered yet. */
  client: { lateP95Ms: number; mostWaiting: number };
  /** How the orderly accounts' operations have ended. */
  operations: Partial<Record<RequestKind, Endings>>;
  lookUps: LookUpCounts;
  /** Of all accounts, from before the flood began until everything orderly had ended. */
  calls: VendorCalls;
  flooding?: FloodingReport & {
    calls: VendorCalls;
    /** Of what it might have called of its bulk call, the share that it did. */
    allowanceUsed: number;
    /** Of each ten simulated seconds since the flood began. */
    bulkCalls: number[];
  };
  /** From request to settlement, for the orderly accounts' single devices, in real milliseconds. */
  waitP50Ms: number;
  waitP95Ms: number;
}

/** Of the vendor's time: the flood has filled its queue by then. */
const FLOODED_AFTER_MS = 10_000;

/**
 * An even load over many accounts, one site of each, and beside it an account that asks for more than its vendor lets
 * it do. `flooding.calls` are counted from when its queue is full.
 */
export async function measureLoad(
  system: DeviceSystem,
  { orderly, flooding }: { orderly: readonly DeviceSite[]; flooding: FloodingSites | undefined },
  { mix, simulatedMinutes, requestsPerMinute, edition = 1 }: LoadOptions,
): Promise<LoadResults> {
  const { clockScale } = system;
  const lookUps = await LookUps.of(system);
  const before = await system.calls();
  const flood = flooding && new FloodingAccount(system, flooding, lookUps);
  const watch = flood && new AllowanceWatch(system, flood.account);
  if (flood !== undefined) await sleep(FLOODED_AFTER_MS / clockScale);
  const floodBefore = flood && (await system.calls(flood.account));
  const load = new OrderlyLoad({ system, sites: orderly, mix, lookUps, edition });
  const report = await openLoop(
    {
      durationMs: (simulatedMinutes * 60_000) / clockScale,
      intervalMs: 60_000 / clockScale / requestsPerMinute,
    },
    (number) => load.send(number),
  );
  const floodAfter = flood && (await system.calls(flood.account));
  const bulkCalls = await watch?.stop();
  const floodReport = await flood?.stop();
  const operations = await endingsByKind(system, load.sent);
  const calls = callsBetween(before, await system.calls());
  const waitsMs = await waitsOf(system, load.sent);
  const floodCalls = floodBefore && floodAfter && callsBetween(floodBefore, floodAfter);
  const [firstNotAccepted] = load.notAccepted;
  return {
    simulatedMinutes: (report.durationMs * clockScale) / 60_000,
    clockScale,
    requests: report.sent,
    requestsPerMinute: (report.sent * 60_000) / (report.durationMs * clockScale),
    notAccepted: load.notAccepted.length,
    ...(firstNotAccepted !== undefined && { firstNotAccepted }),
    client: { lateP95Ms: report.lateP95Ms, mostWaiting: report.mostWaiting },
    operations,
    lookUps: lookUps.counts,
    calls,
    ...(floodReport &&
      floodCalls && {
        flooding: {
          ...floodReport,
          calls: floodCalls,
          allowanceUsed: allowanceUsed(bulkCalls ?? []),
          bulkCalls: bulkCalls ?? [],
        },
      }),
    waitP50Ms: percentile(waitsMs, 0.5),
    waitP95Ms: percentile(waitsMs, 0.95),
  };
}

async function endingsByKind(
  system: DeviceSystem,
  sent: readonly Sent[],
): Promise<Partial<Record<RequestKind, Endings>>> {
  const endings: Partial<Record<RequestKind, Endings>> = {};
  for (const kind of new Set(sent.map((each) => each.kind)))
    endings[kind] = await system.ended(idsOf(sent, kind));
  return endings;
}

async function waitsOf(system: DeviceSystem, sent: readonly Sent[]): Promise<number[]> {
  const rows = await system.database.rows<{ ms: number }>(
    `select (extract(epoch from finished_at - created_at) * 1000)::float8 as ms from operation where id = any($1::uuid[])`,
    [idsOf(sent, 'device')],
  );
  return rows.map(({ ms }) => ms);
}

const idsOf = (sent: readonly Sent[], kind: RequestKind): string[] =>
  sent.filter((each) => each.kind === kind).map(({ operationId }) => operationId);
