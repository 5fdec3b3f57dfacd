import { type CpuMeter, difference, sumOf } from './measure/usage.js';
import { perMinute } from './measure/statistics.js';
import type { BenchOptions } from './options.js';
import type { Block, EndToEndBlockResult, PeerResult, Results } from './results.js';
import type { System } from './system/system.js';
import type { BareSite, BareTerraform } from './terraform/bare-terraform.js';
import { applyBare } from './terraform/floor.js';
import { PEER_SEQUENCES, processesOf } from './terraform/peer-sequences.js';
import { runSequence } from './terraform/peers.js';
import { type Action, runBlock } from './workload/end-to-end.js';
import { inParallel } from './workload/in-parallel.js';
import { spread, type WorkItem } from './workload/sites.js';

export interface RoundsParts {
  options: BenchOptions;
  /** Undefined when nothing of ours is to be measured. */
  system: System | undefined;
  /** Undefined when neither floor nor peers are. */
  bare: BareTerraform | undefined;
  meter: CpuMeter;
  say: (line: string) => void;
}

type Throughput = Pick<Results, 'endToEnd' | 'floor' | 'peers'>;

/**
 * The work that is compared, in rounds: everything comes in every round, ours and the floor twice and in halves, so
 * that what else the machine has to do for a while falls on all of it.
 */
export class Rounds {
  /** Sites that were created and stay. */
  sitesLeft = 0;
  readonly #parts: RoundsParts;
  readonly #throughput: Throughput;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
    const measuresPeers = parts.options.parts.has('peers');
    this.#throughput = {
      endToEnd: { create: [], update: [], delete: [] },
      floor: [],
      peers: measuresPeers ? PEER_SEQUENCES.map(emptyPeer) : [],
    };
  }

  async run(): Promise<Throughput> {
    const { options, system, bare, say } = this.#parts;
    if (system === undefined && bare === undefined) return this.#throughput;
    say('warming up');
    await this.#warmUp();
    for (let round = 1; round <= options.rounds; round++) await this.#round(round);
    return this.#throughput;
  }

  /** Compilers and connection pools take many runs until they are what they stay. */
  async #warmUp(): Promise<void> {
    const { system, bare, options } = this.#parts;
    const runs = this.#atATime * options.warmUpSites;
    if (system !== undefined) {
      const { items, accounts } = spread('warm-up', runs);
      await system.addCustomers(accounts);
      for (const action of ['create', 'update', 'delete'] as const) await this.#ours(system, action, items);
    }
    if (bare !== undefined) await this.#bare(bare, 'warm-bare', runs, applyBare);
  }

  async #round(round: number): Promise<void> {
    const { system, bare, options } = this.#parts;
    const { sites } = options;
    const { endToEnd, floor, peers } = this.#throughput;
    const { accounts, items } = spread(`round-${round}`, sites);
    await system?.addCustomers(accounts);
    const half = Math.ceil(sites / 2);
    const halves = [items.slice(0, half), items.slice(half)].filter((part) => part.length > 0);
    const inOrder = rotated(peers, round - 1);
    const created: EndToEndBlockResult[] = [];
    const bottom: Block[] = [];
    for (const [index, part] of halves.entries()) {
      if (system !== undefined) created.push(await this.#ours(system, 'create', part));
      if (bare !== undefined && options.parts.has('floor')) {
        bottom.push(await this.#bare(bare, `floor-${round}-${index}`, part.length, applyBare));
      }
      const share = Math.ceil(inOrder.length / halves.length);
      for (const peer of inOrder.slice(index * share, (index + 1) * share)) await this.#peer(round, peer);
    }
    if (bottom.length > 0) this.#tell(round, 'floor', floor, joined(bottom));
    if (system === undefined) return;
    const operations = created.flatMap((block) => block.operations);
    this.#tell(round, 'create', endToEnd.create, { ...joined(created), operations });
    for (const action of ['update', 'delete'] as const) {
      this.#tell(round, action, endToEnd[action], await this.#ours(system, action, items));
    }
  }

  async #peer(round: number, peer: PeerResult): Promise<void> {
    const { bare, options } = this.#parts;
    const sequence = PEER_SEQUENCES.find(({ id }) => id === peer.id);
    if (bare === undefined || sequence === undefined) return;
    const run = (one: BareTerraform, site: BareSite) => runSequence(one, sequence, site);
    const block = await this.#bare(bare, `${peer.id}-${round}`, options.peerRuns, run);
    this.#tell(round, peer.name, peer.blocks, block);
  }

  async #ours(system: System, action: Action, items: readonly WorkItem[]): Promise<EndToEndBlockResult> {
    const { meter } = this.#parts;
    const before = meter.reading();
    const block = await runBlock(system, action, items);
    return { ...block, cpu: difference(meter.reading(), before) };
  }

  /** Creates sites by Terraform processes of the benchmark's own. */
  async #bare(
    bare: BareTerraform,
    batch: string,
    count: number,
    run: (bare: BareTerraform, site: BareSite) => Promise<void>,
  ): Promise<Block> {
    const { meter } = this.#parts;
    const sites = await bare.register(spread(batch, count).items);
    const before = meter.reading();
    const startedAt = performance.now();
    await inParallel(sites, this.#atATime, (site) => run(bare, site));
    const durationMs = performance.now() - startedAt;
    this.sitesLeft += count;
    return { count, durationMs, cpu: difference(meter.reading(), before) };
  }

  get #atATime(): number {
    const { executors, slots } = this.#parts.options;
    return executors * slots;
  }

  #tell<Kind extends Block>(round: number, what: string, blocks: Kind[], block: Kind): void {
    blocks.push(block);
    const { count, durationMs } = block;
    const rate = Math.round(perMinute(count, durationMs));
    this.#parts.say(
      `round ${round}: ${what}: ${count} in ${(durationMs / 1000).toFixed(1)} s, ${rate} a minute`,
    );
  }
}

const joined = (blocks: readonly Block[]): Block => ({
  count: blocks.reduce((all, { count }) => all + count, 0),
  durationMs: blocks.reduce((all, { durationMs }) => all + durationMs, 0),
  cpu: sumOf(blocks.map(({ cpu }) => cpu)),
});

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
