import type { Random } from '../plan/random.js';
import type { Snapshot } from '../snapshot.js';
import type { System } from '../system/system.js';
import { healDevices } from './devices.js';
import { healSites } from './sites.js';
import type { Healing } from './treatment.js';

/** What failed under faults succeeds without them, whoever has it done again, and in whichever way. */
export async function heal(
  system: System,
  { prefix, snapshot, random }: { prefix: string; snapshot: Snapshot; random: Random },
): Promise<Healing> {
  const sites = await healSites(system, snapshot, random);
  // Devices need their sites.
  if (sites.violations.length > 0) return sites;
  const devices = await healDevices(system, prefix, random);
  return { healed: sites.healed + devices.healed, violations: devices.violations };
}
