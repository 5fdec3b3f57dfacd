import type { DisturbanceKind } from '../plan/disturbance-plan.js';
import { providerKill, terraformKill } from './child-kill.js';
import { connectionsClose } from './connections-close.js';
import type { Disturbance } from './disturbance.js';
import { messagesShuffle } from './messages-shuffle.js';
import { executorDrain, gatewayDrain, programmerDrain } from './service-drain.js';
import { executorFreeze, programmerFreeze } from './service-freeze.js';
import { executorKill, executorMachineKill, gatewayKill, programmerKill } from './service-kill.js';
import { backendKill, brokerRestart, postgresRestart } from './store-outages.js';

const ALL: readonly Disturbance[] = [
  executorKill,
  executorMachineKill,
  executorFreeze,
  executorDrain,
  programmerKill,
  programmerFreeze,
  programmerDrain,
  terraformKill,
  providerKill,
  gatewayKill,
  gatewayDrain,
  connectionsClose,
  messagesShuffle,
  backendKill,
  brokerRestart,
  postgresRestart,
];

export function disturbanceOf(kind: DisturbanceKind): Disturbance {
  const found = ALL.find((disturbance) => disturbance.kind === kind);
  if (found === undefined) throw new Error(`no disturbance ${kind}`);
  return found;
}
