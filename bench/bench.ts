import { cpus, totalmem } from 'node:os';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { isProvider, MemoryWatch } from './measure/memory-watch.js';
import { readProcesses } from './measure/process-table.js';
import { CpuMeter, difference, type Roots } from './measure/usage.js';
import type { BenchOptions } from './options.js';
import type { Block, EndToEndBlockResult, PeerResult, Results } from './results.js';
import type { CleanUp } from './system/clean-up.js';
import { layFoundations, type Foundations } from './system/foundations.js';
import { System } from './system/system.js';
import { BareTerraform, type BareSite } from './terraform/bare-terraform.js';
import { applyBare } from './terraform/floor.js';
import { PEER_SEQUENCES, processesOf } from './terraform/peer-sequences.js';
import { runSequence } from './terraform/peers.js';
import { measureAcceptRate } from './workload/accept-rate.js';
import { type Action, runBlock } from './workload/end-to-end.js';
import { measureIdleStart } from './workload/idle-start.js';
import { inParallel } from './workload/in-parallel.js';
import { spread, type WorkItem } from './workload/sites.js';
import { countAtVendor } from './workload/vendor-count.js';

const ACTIONS: readonly Action[] = ['create', 'update', 'delete'];

/** One run of the benchmark: rounds in which everything that is compared comes once, then what needs no comparison. */
export class Bench {
  readonly #meter: CpuMeter;
  #system: System | undefined;
  /** Created and not deleted again. */
  #sitesLeft = 0;

  private constructor(
    private readonly options: BenchOptions,
    private readonly foundations: Foundations,
    private readonly say: (line: string) => void,
  ) {
    this.#meter = new CpuMeter(() => this.#roots(), readProcesses, isProvider);
  }

  static async run(options: BenchOptions, cleanUp: CleanUp, say: (line: string) => void): Promise<Results> {
    const nodeOptions = profileOptions(options.profileDirectory);
    say('starting PostgreSQL, RabbitMQ and the simulated vendor');
    const foundations = await layFoundations({ cleanUp, nodeOptions, say });
    return new Bench(options, foundations, say).#measure(cleanUp, nodeOptions);
  }

  async #measure(cleanUp: CleanUp, nodeOptions: string): Promise<Results> {
    const { foundations, options, say } = this;
    const { parts, executors, slots, rounds, sites, peerRuns, hasWarmProviders } = options;
    const startedAt = new Date();
    const results: Results = {
      startedAt: startedAt.toISOString(),
      durationMs: 0,
      machine: {
        cpus: cpus().length,
        model: cpus()[0]?.model ?? 'unknown',
        memoryBytes: totalmem(),
        platform: `${process.platform}-${process.arch}`,
        node: process.version,
      },
      terraform: { version: foundations.terraformVersion, providers: hasWarmProviders ? 'warm' : 'cold' },
      settings: { parts: [...parts], executors, slots, rounds, sites, peerRuns },
      endToEnd: { create: [], update: [], delete: [] },
      peakMemory: undefined,
      floor: [],
      peers: [],
      gateway: undefined,
      idle: undefined,
      vendor: await countAtVendor(foundations, 0),
    };
    const needsSystem = parts.has('e2e') || parts.has('gateway') || parts.has('idle');
    if (needsSystem) {
      say('starting the gateway and the executors');
      this.#system = await System.start(
        foundations,
        { executors, slots, hasWarmProviders, nodeOptions },
        cleanUp,
      );
    }
    const bare =
      parts.has('floor') || parts.has('peers')
        ? await BareTerraform.start(foundations, hasWarmProviders, cleanUp)
        : undefined;

    await this.#rounds(this.#system, bare, results);
    if (this.#system !== undefined) await this.#alone(this.#system, results);
    results.vendor = await countAtVendor(foundations, this.#sitesLeft);
    results.durationMs = Date.now() - startedAt.getTime();
    return results;
  }

  async #rounds(
    system: System | undefined,
    bare: BareTerraform | undefined,
    results: Results,
  ): Promise<void> {
    const { parts, rounds, sites, peerRuns, executors, slots } = this.options;
    const atATime = executors * slots;
    const peers = parts.has('peers')
      ? PEER_SEQUENCES.map((sequence) => ({ sequence, result: emptyPeer(sequence) }))
      : [];
    results.peers = peers.map(({ result }) => result);
    const memory = new MemoryWatch(() => this.#roots(), this.foundations.terraformBin);
    try {
      // Compilers and connection pools take some runs until they are what they stay.
      this.say('warming up');
      const warmUp = 4 * atATime;
      if (system && parts.has('e2e')) await this.#endToEnd(system, 'warm-up', warmUp, () => undefined);
      if (bare && parts.has('floor')) await this.#bare(bare, 'warm-floor', warmUp, applyBare);
      for (let round = 1; round <= rounds; round++) {
        if (system && parts.has('e2e')) {
          await this.#endToEnd(system, `round-${round}`, sites, (action, block) => {
            results.endToEnd[action].push(block);
            this.#tell(round, action, block);
          });
        }
        if (bare && parts.has('floor')) {
          const block = await this.#bare(bare, `floor-${round}`, sites, applyBare);
          results.floor.push(block);
          this.#tell(round, 'floor', block);
        }
        for (const { sequence, result } of rotated(peers, round - 1)) {
          if (bare === undefined) break;
          const run = (one: BareTerraform, site: BareSite) => runSequence(one, sequence, site);
          const block = await this.#bare(bare, `${sequence.id}-${round}`, peerRuns, run);
          result.blocks.push(block);
          this.#tell(round, sequence.name, block);
        }
      }
    } finally {
      memory.stop();
      results.peakMemory = memory.peaks();
    }
  }

  /** What is measured of our system alone. */
  async #alone(system: System, results: Results): Promise<void> {
    const { parts, idleRuns, requests, clients } = this.options;
    if (parts.has('idle')) {
      this.say('sites one by one on an idle system');
      results.idle = await measureIdleStart(system, idleRuns, this.foundations.terraformBin);
      this.#sitesLeft += idleRuns;
    }
    if (parts.has('gateway')) {
      this.say('the gateway with no executor running');
      await system.stopExecutors();
      const before = this.#meter.reading();
      const add = (accounts: readonly string[]) => system.addCustomers(accounts);
      const rate = await measureAcceptRate(system, add, { requests, clients });
      results.gateway = { ...rate, clients, cpu: difference(this.#meter.reading(), before) };
    }
  }

  /** Creates, edits and deletes the sites of a batch. */
  async #endToEnd(
    system: System,
    batch: string,
    count: number,
    done: (action: Action, block: EndToEndBlockResult) => void,
  ): Promise<void> {
    const { accounts, items } = spread(batch, count);
    await system.addCustomers(accounts);
    for (const action of ACTIONS) {
      const before = this.#meter.reading();
      const block = await runBlock(system, action, items);
      done(action, { ...block, cpu: difference(this.#meter.reading(), before) });
    }
  }

  /** Creates the sites of a batch by Terraform processes of the benchmark's own. */
  async #bare(
    bare: BareTerraform,
    batch: string,
    count: number,
    run: (bare: BareTerraform, site: BareSite) => Promise<void>,
  ): Promise<Block> {
    const { executors, slots } = this.options;
    const items: WorkItem[] = spread(batch, count).items;
    const sites = await bare.register(items);
    const before = this.#meter.reading();
    const startedAt = performance.now();
    await inParallel(sites, executors * slots, (site) => run(bare, site));
    const durationMs = performance.now() - startedAt;
    this.#sitesLeft += count;
    return { count, durationMs, cpu: difference(this.#meter.reading(), before) };
  }

  #tell(round: number, what: string, { count, durationMs }: Block): void {
    const rate = Math.round((count * 60_000) / durationMs);
    this.say(`round ${round}: ${what}: ${count} in ${(durationMs / 1000).toFixed(1)} s, ${rate} a minute`);
  }

  #roots(): Roots {
    const { postgresPids, rabbitmqPids, simulators } = this.foundations;
    return {
      gateway: this.#system === undefined ? [] : [this.#system.gateway.pid],
      executor: this.#system?.executors.map(({ pid }) => pid) ?? [],
      postgres: postgresPids,
      rabbitmq: rabbitmqPids,
      simulator: [simulators.pid],
      client: [process.pid],
    };
  }
}

const emptyPeer = (sequence: (typeof PEER_SEQUENCES)[number]): PeerResult => ({
  id: sequence.id,
  name: sequence.name,
  processes: processesOf(sequence),
  fixedWaitMs: sequence.fixedWaitMs,
  blocks: [],
});

/** Begins elsewhere in every round, so that nobody always comes first. */
const rotated = <Item>(items: readonly Item[], by: number): Item[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
];

function profileOptions(directory: string | undefined): string {
  if (directory === undefined) return '';
  const folder = resolve(directory);
  mkdirSync(folder, { recursive: true });
  return `--cpu-prof --cpu-prof-dir=${folder}`;
}
