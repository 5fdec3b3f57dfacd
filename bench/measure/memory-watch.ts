import { childrenOf, commandLineOf, readMemory, type ProcessMemory } from './process-table.js';
import { mapKinds, type CpuByKind, type Kind, type Roots } from './usage.js';

const SAMPLE_MS = 100;

/** Warm providers are started with this argument, Terraform never. */
export const isProvider = (pid: number): boolean => commandLineOf(pid).includes('-debug');

/**
 * Samples the memory of the processes. Of those that stay, the peak is the kernel's own; of Terraform's, which come and
 * go, it is the highest that was seen of one process.
 */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #terraformBytes = 0;

  constructor(
    private readonly roots: () => Roots,
    private readonly terraformBin: string,
  ) {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Bytes per kind at their highest; of the kinds with several processes, all together, but for Terraform. */
  peaks(): CpuByKind {
    const roots = this.roots();
    const supervisors = roots.executor.flatMap(childrenOf);
    const values: Partial<Record<Kind, number>> = {
      gateway: peak(roots.gateway),
      executor: peak(roots.executor),
      supervisor: peak(supervisors),
      terraform: this.#terraformBytes,
      provider: peak(supervisors.flatMap(childrenOf).filter(isProvider)),
      simulator: peak(roots.simulator),
      client: peak(roots.client),
      postgres: footprint(roots.postgres),
      rabbitmq: footprint(roots.rabbitmq),
    };
    return mapKinds((kind) => values[kind] ?? 0);
  }

  #sample(): void {
    for (const pid of this.roots().executor.flatMap(childrenOf).flatMap(childrenOf)) {
      // One that has just been forked still is a copy of its parent.
      if (commandLineOf(pid)[0] !== this.terraformBin) continue;
      this.#terraformBytes = Math.max(this.#terraformBytes, readMemory(pid)?.peakBytes ?? 0);
    }
  }
}

const peak = (pids: readonly number[]): number =>
  pids.reduce((all, pid) => all + (readMemory(pid)?.peakBytes ?? 0), 0);

/** What a family of processes takes together: memory that they share is counted once. */
function footprint(pids: readonly number[]): number {
  const family = pids.flatMap(familyOf).flatMap((pid): ProcessMemory[] => {
    const memory = readMemory(pid);
    return memory === undefined ? [] : [memory];
  });
  const own = family.reduce((all, { privateBytes }) => all + privateBytes, 0);
  return own + Math.max(0, ...family.map(({ sharedBytes }) => sharedBytes));
}

const familyOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(familyOf)];
