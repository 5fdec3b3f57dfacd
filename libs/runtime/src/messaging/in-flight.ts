import { ConfirmTimeout, type PublishFailure } from './errors.js';
import { Deferred } from './waiting.js';

const SWEEP_MS = 500;

/** Ends the wait for one confirm; only the first call counts. */
export type EndWait = (failure: PublishFailure | undefined) => void;

interface PendingConfirm {
  deadline: number;
  end: EndWait;
}

/** What was sent and not yet answered: at most `limit` messages, none for longer than the timeout. */
export class InFlight {
  readonly #limit: number;
  readonly #timeoutMs: number;
  readonly #turns: (() => void)[] = [];
  /** In the order of their deadlines, since all wait equally long. */
  readonly #pending = new Set<PendingConfirm>();
  #taken = 0;
  #sweep: NodeJS.Timeout | undefined;
  #empty: Deferred | undefined;

  constructor(limit: number, timeoutMs: number) {
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#taken;
  }

  /** Waits for a free place, first come first served. Every `enter` needs a `leave`. */
  async enter(): Promise<void> {
    if (this.#taken < this.#limit) this.#taken++;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
  }

  leave(): void {
    const next = this.#turns.shift();
    if (next) return next();
    this.#taken--;
    if (this.#taken === 0) this.#empty?.resolve();
  }

  /** Begins the wait for a confirm; `ended` is called once, with a timeout if nothing else came. */
  await(ended: EndWait): EndWait {
    const pending: PendingConfirm = {
      deadline: performance.now() + this.#timeoutMs,
      end: (failure) => {
        if (this.#pending.delete(pending)) ended(failure);
      },
    };
    this.#pending.add(pending);
    // One timer for all: a timer per message would cost more than the message.
    this.#sweep ??= setInterval(() => this.#endOverdue(), Math.min(SWEEP_MS, this.#timeoutMs)).unref();
    return pending.end;
  }

  async whenEmpty(): Promise<void> {
    if (this.#taken === 0) return;
    this.#empty ??= new Deferred();
    await this.#empty.promise;
  }

  #endOverdue(): void {
    const now = performance.now();
    for (const pending of this.#pending) {
      if (pending.deadline > now) break;
      pending.end(new ConfirmTimeout(this.#timeoutMs));
    }
    if (this.#pending.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }
  }
}
