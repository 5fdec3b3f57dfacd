import { childrenOf, commandLineOf } from '../../bench/measure/process-table.js';
import { isProvider } from '../../bench/measure/memory-watch.js';
import { signalProcess } from '../../sandbox/services/process-table.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { System } from '../system/system.js';
import { pickOne, type Disturbance, type Effect } from './disturbance.js';
import type { Random } from '../plan/random.js';

/** How long to look for a victim: Terraform runs come and go. */
const LOOK_FOR_MS = 3_000;

/** Executors have a supervisor each, which is the parent of every Terraform and every warm provider. */
const supervised = ({ executors }: System): number[] =>
  executors.flatMap(({ current }) =>
    current === undefined ? [] : childrenOf(current.pid).flatMap(childrenOf),
  );

async function killOne(system: System, random: Random, isVictim: (pid: number) => boolean): Promise<Effect> {
  const victims = await waitFor(
    () => {
      const found = supervised(system).filter(isVictim);
      return found.length > 0 && found;
    },
    { what: 'a victim', timeoutMs: LOOK_FOR_MS, intervalMs: 20 },
  ).catch(() => undefined);
  if (victims === undefined) return { hit: false, detail: 'none ran' };
  const pid = pickOne(random, victims);
  const command = commandLineOf(pid).slice(0, 2).join(' ');
  signalProcess(pid, 'SIGKILL');
  return { hit: true, detail: `${pid} ${command}` };
}

export const terraformKill: Disturbance = {
  kind: 'terraform_kill',
  run: (system, random) =>
    killOne(system, random, (pid) => commandLineOf(pid).some((part) => /^(?:apply|plan|import)$/.test(part))),
};

export const providerKill: Disturbance = {
  kind: 'provider_kill',
  run: (system, random) => killOne(system, random, isProvider),
};
