import { mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { isProvider, MemoryWatch } from './measure/memory-watch.js';
import { readProcesses } from './measure/process-table.js';
import { CpuMeter, difference, type Roots } from './measure/usage.js';
import type { BenchOptions } from './options.js';
import type { Results } from './results.js';
import { Rounds } from './rounds.js';
import type { CleanUp } from './system/clean-up.js';
import { layFoundations, type Foundations } from './system/foundations.js';
import { System } from './system/system.js';
import { BareTerraform } from './terraform/bare-terraform.js';
import { measureAcceptRate } from './workload/accept-rate.js';
import { measureIdleStart } from './workload/idle-start.js';
import { countAtVendor } from './workload/vendor-count.js';

export interface BenchRun {
  options: BenchOptions;
  cleanUp: CleanUp;
  say: (line: string) => void;
}

/** One run of the benchmark: first what is compared, in rounds, then what is measured of our system alone. */
export async function runBench({ options, cleanUp, say }: BenchRun): Promise<Results> {
  const startedAt = new Date();
  const { parts, hasWarmProviders } = options;
  const nodeOptions = profileOptions(options.profileDirectory);
  say('starting PostgreSQL, RabbitMQ and the simulated vendor');
  const foundations = await layFoundations({ cleanUp, nodeOptions, say });

  const needsSystem = parts.has('e2e') || parts.has('gateway') || parts.has('idle');
  if (needsSystem) say('starting the gateway and the executors');
  const system = needsSystem
    ? await System.start(foundations, { ...options, nodeOptions }, cleanUp)
    : undefined;
  const needsBare = parts.has('floor') || parts.has('peers');
  const bare = needsBare ? await BareTerraform.start(foundations, hasWarmProviders, cleanUp) : undefined;

  const roots = () => rootsOf(foundations, system);
  const meter = new CpuMeter(roots, readProcesses, isProvider);
  const memory = new MemoryWatch(roots, foundations.terraformBin);
  cleanUp.add(() => memory.stop());
  const rounds = new Rounds({ options, system: parts.has('e2e') ? system : undefined, bare, meter, say });
  const throughput = await rounds.run();
  const peakMemory = memory.peaks();
  memory.stop();

  const alone =
    system === undefined ? undefined : await measureAlone(system, meter, foundations, { options, say });
  const sitesLeft = rounds.sitesLeft + (alone?.idle?.totalMs.length ?? 0);
  return {
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    machine: machine(),
    terraform: { version: foundations.terraformVersion, providers: hasWarmProviders ? 'warm' : 'cold' },
    settings: { ...options, parts: [...parts] },
    ...throughput,
    peakMemory,
    gateway: alone?.gateway,
    idle: alone?.idle,
    vendor: await countAtVendor(foundations, sitesLeft),
  };
}

/** What needs no comparison. The gateway comes last: behind it nobody works any more. */
async function measureAlone(
  system: System,
  meter: CpuMeter,
  { terraformBin }: Foundations,
  { options, say }: Pick<BenchRun, 'options' | 'say'>,
): Promise<Pick<Results, 'gateway' | 'idle'>> {
  const { parts, idleRuns, requests, clients } = options;
  let idle: Results['idle'];
  if (parts.has('idle')) {
    say('sites one by one on an idle system');
    idle = await measureIdleStart(system, idleRuns, terraformBin);
  }
  if (!parts.has('gateway')) return { idle, gateway: undefined };
  say('the gateway with no executor running');
  await system.stopExecutors();
  const before = meter.reading();
  const rate = await measureAcceptRate(system, { requests, clients });
  return { idle, gateway: { ...rate, clients, cpu: difference(meter.reading(), before) } };
}

const rootsOf = (
  { postgresPids, rabbitmqPids, simulators }: Foundations,
  system: System | undefined,
): Roots => ({
  gateway: system === undefined ? [] : [system.gateway.pid],
  executor: system?.executors.map(({ pid }) => pid) ?? [],
  postgres: postgresPids,
  rabbitmq: rabbitmqPids,
  simulator: [simulators.pid],
  client: [process.pid],
});

const machine = (): Results['machine'] => ({
  cpus: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryBytes: totalmem(),
  platform: `${process.platform}-${process.arch}`,
  node: process.version,
});

function profileOptions(directory: string | undefined): string {
  if (directory === undefined) return '';
  const folder = resolve(directory);
  mkdirSync(folder, { recursive: true });
  return `--cpu-prof --cpu-prof-dir=${folder}`;
}
