import type { DisturbanceKind } from '../plan/disturbance-plan.js';
import type { Random } from '../plan/random.js';
import type { System } from '../system/system.js';

/** What a disturbance came to. */
export interface Effect {
  /** False when there was nothing to disturb at that moment. */
  hit: boolean;
  detail: string;
  /** What went wrong although a disturbance must not make it go wrong. */
  complaint?: string;
}

/** Something that goes wrong around the services. Returns when whatever it ended runs again. */
export interface Disturbance {
  kind: DisturbanceKind;
  run(system: System, random: Random): Promise<Effect>;
}

/** One of several slots, or of whatever there is at least one of. */
export function pickOne<Item>(random: Random, items: readonly Item[]): Item {
  const [first, ...others] = items;
  if (first === undefined) throw new Error('nothing to choose from');
  return random.pick([first, ...others]);
}
