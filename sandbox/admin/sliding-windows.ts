export interface WindowLimit {
  calls: number;
  windowMs: number;
}

/** The last `limit.calls` arrivals of one key: enough to decide, whatever number of calls arrives. */
class Arrivals {
  readonly #limit: WindowLimit;
  readonly #times: number[] = [];
  #oldest = 0;

  constructor(limit: WindowLimit) {
    this.#limit = limit;
  }

  waitMs(now: number): number {
    if (this.#times.length < this.#limit.calls) return 0;
    return Math.max(0, (this.#times[this.#oldest] ?? 0) + this.#limit.windowMs - now);
  }

  add(now: number): void {
    if (this.#times.length < this.#limit.calls) {
      this.#times.push(now);
      return;
    }
    this.#times[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#limit.calls;
  }
}

export interface Admission {
  isAdmitted: boolean;
  /** Simulated time after which a call would be let through, when this one was refused. */
  retryAfterMs: number;
}

/** Sliding windows per key. A refused call counts as well: who hammers a limit stays refused. */
export class SlidingWindows {
  readonly #now: () => number;
  readonly #keys = new Map<string, Arrivals[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  take(key: string, limits: readonly WindowLimit[]): Admission {
    let windows = this.#keys.get(key);
    if (!windows) this.#keys.set(key, (windows = limits.map((limit) => new Arrivals(limit))));
    const now = this.#now();
    let isAdmitted = true;
    let retryAfterMs = 0;
    for (const window of windows) {
      if (window.waitMs(now) > 0) isAdmitted = false;
      window.add(now);
      if (!isAdmitted) retryAfterMs = Math.max(retryAfterMs, window.waitMs(now));
    }
    return { isAdmitted, retryAfterMs };
  }

  reset(): void {
    this.#keys.clear();
  }
}
