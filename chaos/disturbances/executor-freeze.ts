import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS, TAKEOVER_MARGIN_MS } from '../system/settings.js';
import { pickOne, type Disturbance } from './disturbance.js';

/** SIGSTOP for longer than its lease and the margin behind it, so that others take over; then it wakes. */
export const executorFreeze: Disturbance = {
  kind: 'executor_freeze',
  run: ({ executors }, random) => {
    const slot = pickOne(random, executors);
    const frozenMs = LEASE_MS + random.int(0, TAKEOVER_MARGIN_MS + 1_500);
    return slot.alone(async () => {
      const service = slot.current;
      if (service === undefined) return { hit: false, detail: 'no executor' };
      service.signal('SIGSTOP');
      await sleep(frozenMs);
      service.signal('SIGCONT');
      return { hit: true, detail: `${service.options.name} for ${frozenMs} ms` };
    });
  },
};
