import type { ServiceSlot } from '../system/service-slot.js';
import { pickOne, type Disturbance, type Effect } from './disturbance.js';
import { programmerAtWork } from './programmer-at-work.js';

/** SIGTERM: the service ends in order, and another one is started. */
async function drain(slot: ServiceSlot): Promise<Effect> {
  return slot.replace(async (service) => {
    const { code, signal } = await service.stop();
    const { name } = service.options;
    if (code === 0) return { hit: true, detail: name };
    const complaint = `${name} ended with code ${code}, signal ${signal} after SIGTERM`;
    return { hit: true, detail: name, complaint };
  });
}

export const executorDrain: Disturbance = {
  kind: 'executor_drain',
  run: ({ executors }, random) => drain(pickOne(random, executors)),
};

export const programmerDrain: Disturbance = {
  kind: 'programmer_drain',
  run: async (system, random) => drain(await programmerAtWork(system, random)),
};

export const gatewayDrain: Disturbance = {
  kind: 'gateway_drain',
  run: ({ gateways }, random) => drain(pickOne(random, gateways)),
};
