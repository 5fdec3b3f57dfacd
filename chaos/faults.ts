import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPlan, PlannedFault } from './plan/fault-plan.js';
import type { Vendor } from './system/vendor.js';

export interface FaultRecord {
  what: string;
  fired: number;
}

/** Has the vendor misbehave as planned until the signal fires, and leaves it well-behaved. */
export async function misbehave(
  vendor: Vendor,
  plan: FaultPlan,
  { accountOf, end }: { accountOf: (customer: number) => string; end: AbortSignal },
): Promise<FaultRecord[]> {
  await vendor.setLatency(plan.latencyMs);
  const records = await Promise.all(plan.rules.map((rule) => applyRule(vendor, rule, accountOf, end)));
  await vendor.liftAll();
  return records;
}

async function applyRule(
  vendor: Vendor,
  { spec, customer, startsAtMs, endsAtMs }: PlannedFault,
  accountOf: (customer: number) => string,
  end: AbortSignal,
): Promise<FaultRecord> {
  const what = `${spec.effect}${spec.status === undefined ? '' : ` ${spec.status}`} of ${spec.operation}`;
  await untilOr(end, startsAtMs);
  if (end.aborted) return { what, fired: 0 };
  const id = await vendor.addFault({
    ...spec,
    ...(customer !== undefined && { account: accountOf(customer) }),
  });
  // An outage outlasts the load: what it hits is to run out of tries.
  await (customer === undefined ? untilOr(end, endsAtMs - startsAtMs) : sleep(endsAtMs - startsAtMs));
  return { what, fired: await vendor.removeFault(id) };
}

const untilOr = (end: AbortSignal, ms: number): Promise<void> =>
  sleep(ms, undefined, { signal: end }).catch(() => undefined);
