import { signalProcess } from '../../sandbox/services/process-table.js';
import { childrenOf } from '../../bench/measure/process-table.js';
import type { ServiceSlot } from '../system/service-slot.js';
import { pickOne, type Disturbance } from './disturbance.js';
import { programmerAtWork } from './programmer-at-work.js';

/** kill -9 of the process alone: what it has started has to notice by itself. */
async function kill(slot: ServiceSlot): Promise<string> {
  return slot.replace(async (service) => {
    await service.kill();
    return service.options.name;
  });
}

/** kill -9 of the process and of all that descends from it: as when its machine fails. */
async function killWithDescendants(slot: ServiceSlot): Promise<string> {
  return slot.replace(async (service) => {
    const family = descendantsOf(service.pid);
    for (const pid of [service.pid, ...family]) signalProcess(pid, 'SIGKILL');
    await service.kill();
    return `${service.options.name} and ${family.length} processes below it`;
  });
}

const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

export const executorKill: Disturbance = {
  kind: 'executor_kill',
  run: async ({ executors }, random) => ({ hit: true, detail: await kill(pickOne(random, executors)) }),
};

export const programmerKill: Disturbance = {
  kind: 'programmer_kill',
  run: async (system, random) => ({
    hit: true,
    detail: await kill(await programmerAtWork(system, random)),
  }),
};

export const executorMachineKill: Disturbance = {
  kind: 'executor_machine_kill',
  run: async ({ executors }, random) => ({
    hit: true,
    detail: await killWithDescendants(pickOne(random, executors)),
  }),
};

/** The gateway hosts an outbox relay, which dies with it. */
export const gatewayKill: Disturbance = {
  kind: 'gateway_kill',
  run: async ({ gateways }, random) => ({ hit: true, detail: await kill(pickOne(random, gateways)) }),
};
