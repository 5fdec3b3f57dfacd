import type { Database } from '../database/database.js';
import type { KnownBlocks } from './known-blocks.js';

interface Settlement {
  used: number;
  endedAt: number;
  givenBack: number;
}

/** Ends that come together are written together; each one's time is kept, so nothing is lost by waiting. */
const GATHER_MS = 20;
const RETRY_MS = 1_000;

/**
 * Writes what became of reserved units: a call ended, or was never made. Until it is written it counts as under way,
 * so nothing is ever exceeded when this process dies first.
 */
export class CallEnds {
  readonly #database: Database;
  readonly #blocks: KnownBlocks;
  readonly #onError: (error: unknown) => void;
  #waiting = new Map<string, Settlement>();
  #isScheduled = false;
  #writing: Promise<void> | undefined;

  constructor(database: Database, blocks: KnownBlocks, onError: (error: unknown) => void) {
    this.#database = database;
    this.#blocks = blocks;
    this.#onError = onError;
  }

  ended(useIds: readonly string[]): void {
    const endedAt = performance.now();
    for (const id of useIds) this.#add(id, { used: 1, endedAt, givenBack: 0 });
    this.#schedule(GATHER_MS);
  }

  givenBack(useId: string, units: number): void {
    this.#add(useId, { used: 0, endedAt: 0, givenBack: units });
    this.#schedule(GATHER_MS);
  }

  /** Writes what waits, once. What could not be written is tried again later. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.size === 0) return;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.size > 0) this.#schedule(RETRY_MS);
    });
    await this.#writing;
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      void this.flush();
    }, delayMs).unref();
  }

  #add(useId: string, { used, endedAt, givenBack }: Settlement): void {
    const known = this.#waiting.get(useId);
    this.#waiting.set(useId, {
      used: (known?.used ?? 0) + used,
      endedAt: Math.max(known?.endedAt ?? 0, endedAt),
      givenBack: (known?.givenBack ?? 0) + givenBack,
    });
  }

  async #write(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    const now = performance.now();
    const all = [...batch.values()];
    try {
      const blocks = await this.#database.rows<{ budgetId: string; counter: string; blockedMs: number }>(
        `select budget_id as "budgetId", counter, blocked_ms as "blockedMs"
         from settle_vendor_calls($1, $2, $3, $4)`,
        [
          [...batch.keys()],
          all.map(({ used }) => used),
          all.map(({ endedAt }) => now - endedAt),
          all.map(({ givenBack }) => givenBack),
        ],
      );
      for (const { budgetId, counter, blockedMs } of blocks) this.#blocks.add(budgetId, [counter], blockedMs);
    } catch (error) {
      for (const [id, settlement] of batch) this.#add(id, settlement);
      this.#onError(error);
    }
  }
}
