import { seconds, type ProcessEntry } from './process-table.js';

export const KINDS = [
  'gateway',
  'executor',
  'supervisor',
  'terraform',
  'provider',
  'postgres',
  'rabbitmq',
  'simulator',
  'client',
] as const;
export type Kind = (typeof KINDS)[number];
export type CpuByKind = Record<Kind, number>;

/** Where the processes of a kind hang in the tree. A kind without a root is somebody else's and is not measured. */
export interface Roots {
  gateway: readonly number[];
  executor: readonly number[];
  postgres: readonly number[];
  rabbitmq: readonly number[];
  simulator: readonly number[];
  /** The benchmark's own process: it makes the requests, and runs Terraform for the floor and the peers. */
  client: readonly number[];
}

interface Assigned {
  ticks: CpuByKind;
  /** Of each warm provider. */
  providers: Map<number, number>;
}

/**
 * What each kind has used since its processes began. Terraform's processes are gone before anybody can look: what
 * they used is found with the parent that has waited for them.
 */
export function assign(
  table: readonly ProcessEntry[],
  roots: Roots,
  isProvider: (pid: number) => boolean,
): Assigned {
  const ticks = mapKinds(() => 0);
  const providers = new Map<number, number>();
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const children = Map.groupBy(table, ({ parent }) => parent);
  const known = new Set(Object.values(roots).flat());

  const below = (pid: number): number => {
    const entry = byPid.get(pid);
    if (entry === undefined) return 0;
    const inTree = (children.get(pid) ?? []).map((child) => below(child.pid));
    return entry.ownTicks + entry.childTicks + inTree.reduce((total, one) => total + one, 0);
  };
  const ownOf = (pid: number): number => byPid.get(pid)?.ownTicks ?? 0;
  /** A process that starts Terraform and warm providers. */
  const assignKeeper = (pid: number, kind: Kind): void => {
    ticks[kind] += ownOf(pid);
    ticks.terraform += byPid.get(pid)?.childTicks ?? 0;
    for (const child of children.get(pid) ?? []) {
      if (known.has(child.pid)) continue;
      const used = below(child.pid);
      if (isProvider(child.pid)) {
        providers.set(child.pid, used);
        ticks.provider += used;
      } else {
        ticks.terraform += used;
      }
    }
  };

  for (const kind of ['gateway', 'postgres', 'rabbitmq', 'simulator'] as const) {
    for (const pid of roots[kind]) ticks[kind] += below(pid);
  }
  for (const pid of roots.executor) {
    ticks.executor += ownOf(pid);
    for (const child of children.get(pid) ?? []) assignKeeper(child.pid, 'supervisor');
  }
  for (const pid of roots.client) assignKeeper(pid, 'client');
  return { ticks, providers };
}

/** Follows what the kinds use from one reading to the next. */
export class CpuMeter {
  /** Warm providers that have ended: since then their time is found with their parent, as Terraform's is. */
  #endedProviderTicks = 0;
  #providers = new Map<number, number>();

  constructor(
    private readonly roots: () => Roots,
    private readonly read: () => readonly ProcessEntry[],
    private readonly isProvider: (pid: number) => boolean,
  ) {}

  /** CPU-seconds of each kind since its processes began. */
  reading(): CpuByKind {
    const { ticks, providers } = assign(this.read(), this.roots(), this.isProvider);
    for (const [pid, used] of this.#providers) {
      if (!providers.has(pid)) this.#endedProviderTicks += used;
    }
    this.#providers = providers;
    ticks.terraform -= this.#endedProviderTicks;
    ticks.provider += this.#endedProviderTicks;
    return mapKinds((kind) => seconds(ticks[kind]));
  }
}

/** Spelled out, so that the compiler sees that no kind is left out. */
export const mapKinds = (value: (kind: Kind) => number): CpuByKind => ({
  gateway: value('gateway'),
  executor: value('executor'),
  supervisor: value('supervisor'),
  terraform: value('terraform'),
  provider: value('provider'),
  postgres: value('postgres'),
  rabbitmq: value('rabbitmq'),
  simulator: value('simulator'),
  client: value('client'),
});

export const difference = (after: CpuByKind, before: CpuByKind): CpuByKind =>
  mapKinds((kind) => after[kind] - before[kind]);

export const sumOf = (used: readonly CpuByKind[]): CpuByKind =>
  mapKinds((kind) => used.reduce((all, one) => all + one[kind], 0));

export const total = (used: CpuByKind): number => KINDS.reduce((all, kind) => all + used[kind], 0);
