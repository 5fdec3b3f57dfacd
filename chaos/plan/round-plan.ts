import { planDisturbances, type DisturbanceKind, type PlannedDisturbance } from './disturbance-plan.js';
import { planFaults, type FaultPlan } from './fault-plan.js';
import { planLoad, type ClientPlan, type LoadSize } from './load-plan.js';
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
  loadMs: 5_000,
};

/** The same seed and round give the same plan. */
export function planRound(seed: number, round: number, kinds: readonly DisturbanceKind[]): RoundPlan {
  const size = LOAD_SIZE;
  // One source for each part: what is added to one of them leaves the others as they were.
  const random = (part: number) => new Random(roundSeed(roundSeed(seed, round), part));
  return {
    seed,
    round,
    size,
    clients: planLoad(random(1), size),
    faults: planFaults(random(2), size.loadMs),
    disturbances: planDisturbances(random(3), round, { loadMs: size.loadMs, kinds }),
  };
}
