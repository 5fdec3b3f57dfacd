import CircuitBreaker from 'opossum';
import type { Endpoints } from './breakers.js';

export interface FailureRateSettings {
  /** So many calls at least, before anything is concluded. */
  calls: number;
  /** More of them than this failed: the vendor is down. In percent. */
  failuresPercent: number;
  /** Only what is younger counts. */
  windowMs: number;
}

type Outcome = 'answered' | 'unavailable';

/**
 * What this process has seen of vendors lately, and whether it amounts to an outage. Only endpoints that have failed
 * are followed: of tens of thousands, those that work cost nothing.
 */
export class FailureRates {
  readonly #settings: FailureRateSettings;
  readonly #followed = new Map<string, { circuit: CircuitBreaker<[Outcome], void>; failedAt: number }>();

  constructor(settings: FailureRateSettings) {
    this.#settings = settings;
  }

  /** The vendor has answered, whatever it said. */
  async answered(endpoints: Endpoints): Promise<void> {
    const circuit = this.#followed.get(keyOf(endpoints))?.circuit;
    // Still open here: the ledger could not be told, and the outage is over.
    if (circuit?.opened === true) this.forget(endpoints);
    else await circuit?.fire('answered');
  }

  /** @returns true: this is an outage */
  async unavailable(endpoints: Endpoints): Promise<boolean> {
    this.#forgetRecovered();
    const key = keyOf(endpoints);
    const followed = this.#followed.get(key) ?? { circuit: this.#circuit(), failedAt: 0 };
    followed.failedAt = performance.now();
    this.#followed.set(key, followed);
    await followed.circuit.fire('unavailable').catch(() => undefined);
    return followed.circuit.opened;
  }

  /** Nothing has been heard from the vendor but failures. */
  hasOnlyFailed(endpoints: Endpoints): boolean {
    const stats = this.#followed.get(keyOf(endpoints))?.circuit.stats;
    return stats !== undefined && stats.failures > 0 && stats.successes === 0;
  }

  /** What comes from now on counts anew. */
  forget(endpoints: Endpoints): void {
    const key = keyOf(endpoints);
    this.#followed.get(key)?.circuit.shutdown();
    this.#followed.delete(key);
  }

  close(): void {
    for (const { circuit } of this.#followed.values()) circuit.shutdown();
    this.#followed.clear();
  }

  #circuit(): CircuitBreaker<[Outcome], void> {
    const { calls, failuresPercent, windowMs } = this.#settings;
    return new CircuitBreaker(told, {
      timeout: false,
      volumeThreshold: calls,
      errorThresholdPercentage: failuresPercent,
      rollingCountTimeout: windowMs,
      rollingCountBuckets: 10,
      rollingPercentilesEnabled: false,
      // When the vendor is tried again is for the ledger to say, for all processes together.
      resetTimeout: NEVER_MS,
      enableSnapshots: false,
    });
  }

  #forgetRecovered(): void {
    const longAgo = performance.now() - this.#settings.windowMs;
    for (const [key, { circuit, failedAt }] of this.#followed) {
      if (failedAt >= longAgo) continue;
      circuit.shutdown();
      this.#followed.delete(key);
    }
  }
}

/** The longest time that a timer knows. */
const NEVER_MS = 2 ** 31 - 1;

const keyOf = ({ vendorAccountId, family }: Endpoints): string => `${vendorAccountId} ${family}`;

/** The call was made elsewhere; here it only counts. */
async function told(outcome: Outcome): Promise<void> {
  if (outcome === 'unavailable') throw new Error('the vendor was unavailable');
}
