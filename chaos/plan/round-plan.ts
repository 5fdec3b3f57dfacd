import { planDisturbances, type DisturbanceKind, type PlannedDisturbance } from './disturbance-plan.js';
import { planDeviceFaults, planFaults, type FaultPlan } from './fault-plan.js';
import { planDeviceLoad, planLoad, type ClientPlan, type LoadSize } from './load-plan.js';
import { Random, roundSeed } from './random.js';

/** All that a round does, before it has begun. */
export interface RoundPlan {
  seed: number;
  round: number;
  size: LoadSize;
  clients: ClientPlan[];
  faults: FaultPlan;
  disturbances: PlannedDisturbance[];
}

export const LOAD_SIZE: LoadSize = {
  customers: 3,
  sitesPerCustomer: 4,
  clients: 6,
  stepsPerClient: 5,
  deviceClients: 4,
  devicesPerSite: 8,
  loadMs: 5_000,
};

/** The same seed and round give the same plan. */
export function planRound(seed: number, round: number, kinds: readonly DisturbanceKind[]): RoundPlan {
  const size = LOAD_SIZE;
  // One source for each part: what is added to one of them leaves the others as they were.
  const random = (part: number) => new Random(roundSeed(roundSeed(seed, round), part));
  const faults = planFaults(random(2), size.loadMs);
  const deviceFaults = planDeviceFaults(random(4), size.loadMs);
  return {
    seed,
    round,
    size,
    clients: [...planLoad(random(1), size), ...planDeviceLoad(random(5), size)],
    faults: { ...faults, rules: [...faults.rules, ...deviceFaults] },
    disturbances: planDisturbances(random(3), round, { loadMs: size.loadMs, kinds }),
  };
}
