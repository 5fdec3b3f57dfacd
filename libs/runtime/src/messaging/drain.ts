import { Deferred } from './waiting.js';

export interface DrainReport {
  /**
   * `finished`: every job ended by itself; `interrupted`: some were told to stop and ended; `abandoned`: some
   * had not ended when we stopped waiting, and the broker will deliver them again.
   */
  outcome: 'finished' | 'interrupted' | 'abandoned';
  durationMs: number;
}

export interface DrainSteps {
  /** Cancels all consumers; resolves when that is done and no job runs any more. */
  stopConsuming: () => Promise<unknown>;
  interrupt: () => void;
  running: () => number;
  /** How long interrupted jobs may take to stop. */
  interruptLimitMs: number;
}

/** The order of a shutdown, once: stop consuming, wait, interrupt, wait a little longer, give up. */
export class Drain {
  readonly #steps: DrainSteps;
  readonly #begun = new AbortController();
  readonly #abandoned = new Deferred<'abandoned'>();
  #report: Promise<DrainReport> | undefined;
  #graceEndsAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #wasInterrupted = false;

  constructor(steps: DrainSteps) {
    this.#steps = steps;
  }

  /** Fires when the drain begins. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Begins the drain; called again it returns the same report and can only shorten the grace. */
  run(graceMs: number): Promise<DrainReport> {
    this.#report ??= this.#begin();
    const endsAt = performance.now() + graceMs;
    if (!this.#wasInterrupted && endsAt < this.#graceEndsAt) {
      this.#graceEndsAt = endsAt;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#interrupt(), graceMs);
    }
    return this.#report;
  }

  async #begin(): Promise<DrainReport> {
    const startedAt = performance.now();
    this.#begun.abort();
    const ended = this.#steps.stopConsuming().then(() => (this.#wasInterrupted ? 'interrupted' : 'finished'));
    const outcome = await Promise.race([ended, this.#abandoned.promise]);
    clearTimeout(this.#timer);
    // Whoever shortens the grace of a drain that is over has nothing to interrupt.
    this.#graceEndsAt = Number.NEGATIVE_INFINITY;
    return { outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  #interrupt(): void {
    this.#wasInterrupted = this.#steps.running() > 0;
    this.#steps.interrupt();
    this.#timer = setTimeout(() => this.#abandoned.resolve('abandoned'), this.#steps.interruptLimitMs);
  }
}
