import type { FaultSpec } from '../../sandbox/admin/fault-rules.js';
import type { Random } from './random.js';

/** What goes wrong at the vendor during a round. */
export interface FaultPlan {
  /** Each call is this slow; 0 for not at all. */
  latencyMs: number;
  rules: PlannedFault[];
}

export interface PlannedFault {
  spec: Omit<FaultSpec, 'vendor' | 'account'>;
  /** The number of the customer whose account it hits; all if there is none. */
  customer?: number;
  startsAtMs: number;
  endsAtMs: number;
}

/** Calls that change something: a lost answer to one of these is what reconciliation is for. */
const MUTATIONS = [
  'addIpsecIkeV2Site',
  'updateIpsecIkeV2SiteGeneralDetails',
  'addIpsecIkeV2SiteTunnels',
  'updateSiteGeneralDetails',
  'addBgpPeer',
  'updateBgpPeer',
  'removeBgpPeer',
  'removeSite',
] as const;
const READS = ['entityLookup', 'accountSnapshot', '*'] as const;

/** Of devices: the one call that adds and removes, the one that changes in place, and the list before and after. */
const DEVICE_CALLS = {
  mutations: ['updateSiteStaticHosts', 'updateSiteStaticHosts', 'updateStaticHostBulk'],
  reads: ['staticHostList'],
} as const;

/** Operations of the vendor's API of which one is to fail. */
interface Calls {
  mutations: readonly [string, ...string[]];
  reads: readonly [string, ...string[]];
}

/** A hang ends by itself, long before a run's deadline or after it. */
const HANG_MS = { min: 1_000, max: 10_000 };

/** How often one customer's account answers nothing but errors, for longer than its operations have tries. */
const OUTAGE = 0.35;

/** Few enough of each that an operation's tries outlast them as a rule: what ends in failure proves less. */
export function planFaults(random: Random, loadMs: number): FaultPlan {
  const rules = Array.from({ length: random.int(2, 4) }, () =>
    planRule(random, loadMs, { mutations: MUTATIONS, reads: READS }),
  );
  if (random.chance(OUTAGE)) rules.unshift(planOutage(random, loadMs));
  return { latencyMs: random.chance(0.5) ? random.int(5, 60) : 0, rules };
}

/** Faults that hit devices alone. */
export const planDeviceFaults = (random: Random, loadMs: number): PlannedFault[] =>
  Array.from({ length: random.int(1, 2) }, () => planRule(random, loadMs, DEVICE_CALLS));

function planOutage(random: Random, loadMs: number): PlannedFault {
  const startsAtMs = random.int(0, loadMs / 2);
  const spec = { operation: '*', effect: 'status', status: random.pick([500, 503, 429]) } as const;
  return { spec: { ...spec, times: 200 }, customer: 1, startsAtMs, endsAtMs: startsAtMs + 8_000 };
}

function planRule(random: Random, loadMs: number, { mutations, reads }: Calls): PlannedFault {
  const startsAtMs = random.int(0, loadMs / 2);
  const operation = random.chance(0.6) ? random.pick(mutations) : random.pick(reads);
  const seed = random.int(1, 1_000_000);
  const some = { operation, seed, probability: random.int(10, 60) / 100, times: random.int(1, 5) };
  const wholeRound = { startsAtMs, endsAtMs: loadMs + 5_000 };
  switch (random.pick(['status', 'status', 'reset_before', 'reset_after', 'reset_after', 'hang', 'delay'])) {
    case 'status':
      return {
        spec: { ...some, effect: 'status', status: random.pick([500, 502, 503, 429]) },
        ...wholeRound,
      };
    case 'reset_before':
      return { spec: { ...some, effect: 'reset_before' }, ...wholeRound };
    case 'reset_after':
      return { spec: { ...some, effect: 'reset_after' }, ...wholeRound };
    case 'hang': {
      const effect = random.pick(['hang', 'hang_after']);
      const endsAtMs = startsAtMs + random.int(HANG_MS.min, HANG_MS.max);
      return { spec: { ...some, times: random.int(1, 2), effect }, startsAtMs, endsAtMs };
    }
    case 'delay':
      break;
  }
  return { spec: { ...some, effect: 'delay', delayMs: random.int(200, 2_500) }, ...wholeRound };
}
