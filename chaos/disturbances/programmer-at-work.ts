import { waitFor } from '../../sandbox/services/wait-for.js';
import type { Random } from '../plan/random.js';
import type { ServiceSlot } from '../system/service-slot.js';
import type { System } from '../system/system.js';
import { pickOne } from './disturbance.js';

/** Rounds of devices are short: one is looked for as long, and as often. */
const LOOK_FOR_MS = 2_000;
const LOOK_EVERY_MS = 5;

/** A device programmer that holds the devices of a site at this moment; any of them when none does. */
export async function programmerAtWork(
  { programmers, ledger }: System,
  random: Random,
): Promise<ServiceSlot> {
  const holder = async (): Promise<ServiceSlot | undefined> => {
    const lanes = await ledger.rows<{ workerId: string }>(
      `select worker_id as "workerId" from device_lane where lease_until > clock_timestamp()`,
    );
    // A worker's id is that of its machine, of its process, and of its start.
    const pids = new Set(lanes.map(({ workerId }) => workerId.split(':').at(-2)));
    const holders = programmers.filter(({ current }) => pids.has(String(current?.pid)));
    return holders.length > 0 ? pickOne(random, holders) : undefined;
  };
  const found = await waitFor(holder, {
    what: 'a device programmer at work',
    timeoutMs: LOOK_FOR_MS,
    intervalMs: LOOK_EVERY_MS,
  }).catch(() => undefined);
  return found ?? pickOne(random, programmers);
}
