import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceSystem } from './device-system.js';
import type { VendorCalls } from './vendor-calls.js';

/** The scarce call of devices, and how often an account may make it in a minute of the vendor's. */
const BULK_CALL = 'updateSiteStaticHosts';
const BULK_CALLS_PER_MINUTE = 120;
/** Of the vendor's time. */
const SLICE_MS = 10_000;
const SLICES_PER_MINUTE = 6;

const bulkCallsOf = (calls: VendorCalls): number => calls.byOperation[BULK_CALL]?.accepted ?? 0;

/**
 * The share of its allowance that an account used: the average over all minutes, of which one begins with every slice.
 * What is used in bursts fills one minute and leaves the next a little empty, so no single one tells. NaN of less than
 * a minute.
 */
export function allowanceUsed(slices: readonly number[]): number {
  const minutes = slices
    .slice(SLICES_PER_MINUTE - 1)
    .map((_last, first) => sum(slices.slice(first, first + SLICES_PER_MINUTE)));
  return sum(minutes) / minutes.length / BULK_CALLS_PER_MINUTE;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Bulk calls of an account in each ten seconds of the vendor's, which tells when its allowance is left unused. */
export class AllowanceWatch {
  readonly #stop = new AbortController();
  readonly #work: Promise<number[]>;

  constructor(
    private readonly system: DeviceSystem,
    private readonly account: string,
  ) {
    this.#work = this.#watch();
    // Told by `stop`; until then nobody else may take it for unhandled.
    this.#work.catch(() => {});
  }

  stop(): Promise<number[]> {
    this.#stop.abort();
    return this.#work;
  }

  async #watch(): Promise<number[]> {
    const { signal } = this.#stop;
    const slices: number[] = [];
    const startedAt = performance.now();
    let before = bulkCallsOf(await this.system.calls(this.account));
    while (!signal.aborted) {
      const endsMs = ((slices.length + 1) * SLICE_MS) / this.system.clockScale;
      const leftMs = startedAt + endsMs - performance.now();
      await sleep(Math.max(leftMs, 0), undefined, { signal }).catch(() => {});
      const now = bulkCallsOf(await this.system.calls(this.account));
      slices.push(now - before);
      before = now;
    }
    return slices;
  }
}
