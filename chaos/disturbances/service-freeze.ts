import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../plan/random.js';
import type { ServiceSlot } from '../system/service-slot.js';
import { LEASE_MS, TAKEOVER_MARGIN_MS } from '../system/settings.js';
import { pickOne, type Disturbance, type Effect } from './disturbance.js';
import { programmerAtWork } from './programmer-at-work.js';

/** SIGSTOP for longer than its lease and the margin behind it, so that others take over; then it wakes. */
function freeze(slot: ServiceSlot, random: Random): Promise<Effect> {
  const frozenMs = LEASE_MS + random.int(0, TAKEOVER_MARGIN_MS + 1_500);
  return slot.alone(async () => {
    const service = slot.current;
    if (service === undefined) return { hit: false, detail: `no ${slot.app}` };
    service.signal('SIGSTOP');
    await sleep(frozenMs);
    service.signal('SIGCONT');
    return { hit: true, detail: `${service.options.name} for ${frozenMs} ms` };
  });
}

export const executorFreeze: Disturbance = {
  kind: 'executor_freeze',
  run: ({ executors }, random) => freeze(pickOne(random, executors), random),
};

export const programmerFreeze: Disturbance = {
  kind: 'programmer_freeze',
  run: async (system, random) => freeze(await programmerAtWork(system, random), random),
};
