/** What this process knows to be refused by vendors, so that calls which are reserved already are not made either. */
export class KnownBlocks {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(budgetId: string, counters: readonly string[], ms: number): void {
    const until = this.#now() + ms;
    for (const counter of counters) {
      const key = `${budgetId} ${counter}`;
      this.#until.set(key, Math.max(this.#until.get(key) ?? 0, until));
    }
  }

  /** How long none of these is to be called; 0 when they may be. */
  waitMs(budgetId: string, counters: readonly string[]): number {
    const now = this.#now();
    let wait = 0;
    for (const counter of counters) {
      const key = `${budgetId} ${counter}`;
      const until = this.#until.get(key);
      if (until === undefined) continue;
      if (until <= now) this.#until.delete(key);
      else wait = Math.max(wait, until - now);
    }
    return wait;
  }
}
