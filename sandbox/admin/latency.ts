export interface LatencyRule {
  vendor: string;
  operation?: string | undefined;
  p50Ms: number;
  p99Ms: number;
}

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326;

/** Lognormal answer times per operation, or per vendor where the operation has none of its own. None by default. */
export class Latency {
  readonly #rules = new Map<string, { mu: number; sigma: number }>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  set({ vendor, operation, p50Ms, p99Ms }: LatencyRule): void {
    const key = operation === undefined ? vendor : `${vendor} ${operation}`;
    if (p50Ms === 0) this.#rules.delete(key);
    else this.#rules.set(key, { mu: Math.log(p50Ms), sigma: Math.log(p99Ms / p50Ms) / Z99 });
  }

  /** Real milliseconds to wait before a call with these operations is executed. */
  sampleMs(vendor: string, operations: readonly string[]): number {
    if (this.#rules.size === 0) return 0;
    let longest = 0;
    for (const operation of operations) {
      const rule = this.#rules.get(`${vendor} ${operation}`) ?? this.#rules.get(vendor);
      if (rule) longest = Math.max(longest, Math.exp(rule.mu + rule.sigma * this.#normal()));
    }
    return longest;
  }

  reset(): void {
    this.#rules.clear();
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }
}
