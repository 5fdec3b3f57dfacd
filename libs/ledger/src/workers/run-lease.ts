import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@app/runtime';
import type { CallMeter } from '@app/vendors';
import type { Heartbeat } from '../operations/claim.js';

/** Why a run is told to stop before it has done its work. */
export type StopReason = 'lease_lost' | 'cancelled' | 'deadline' | 'drain';

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

/** The run was told to stop, and did. */
export class RunInterrupted extends Error {
  override readonly name = 'RunInterrupted';
}

/** An abort shows as an interruption, or as the error of whatever call was under way. */
export const wasStopped = (error: unknown): boolean =>
  error instanceof RunInterrupted || (error instanceof Error && error.name === 'AbortError');

export const isLeaseLost = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'LEASE_LOST';

export interface RunLeaseOptions {
  /** Extends the lease. @throws LeaseLost */
  heartbeat: () => Promise<Heartbeat>;
  leaseMs: number;
  heartbeatMs: number;
  deadlineAt: Date;
  /** Fires when the worker has to stop. */
  drain: AbortSignal;
  onHeartbeatFailed: (error: unknown) => void;
}

/**
 * Holds a claim: extends its lease, and tells the run to stop when the lease is lost, when somebody cancels the
 * operation, at its deadline, and when the worker has to go.
 */
export class RunLease {
  readonly #options: RunLeaseOptions;
  readonly #stop = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  readonly #onDrain = () => this.stop('drain');
  #reason: StopReason | undefined;
  /** The other half of the lease and the margin behind it are for stopping, before anybody takes over. */
  #trustedUntil: number;
  /** Nobody takes over before. */
  #heldUntil: number;
  #isBeating = false;

  constructor(options: RunLeaseOptions) {
    this.#options = options;
    this.#trustedUntil = performance.now() + options.leaseMs / 2;
    this.#heldUntil = performance.now() + options.leaseMs;
    this.#heartbeat = setInterval(() => void this.#beat(), options.heartbeatMs);
    this.#deadline = setTimeout(
      () => this.stop('deadline'),
      Math.max(options.deadlineAt.getTime() - Date.now(), 0),
    );
    options.drain.addEventListener('abort', this.#onDrain, { once: true });
    if (options.drain.aborted) this.stop('drain');
  }

  /** Fires once, whatever the reason. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get stopReason(): StopReason | undefined {
    return this.#reason;
  }

  /** The first reason counts, but that the lease is lost outdoes every other: nothing may be written then. */
  stop(reason: StopReason): void {
    if (reason === 'lease_lost') this.#heldUntil = Number.NEGATIVE_INFINITY;
    this.#end(reason);
  }

  /**
   * Makes calls only while the lease is trusted. A process that was stopped for a while goes on where it was, which may
   * be just before a call, and learns only afterwards that another worker has taken over.
   */
  guarded(meter: CallMeter): CallMeter {
    return checked(meter, () => {
      this.#endUnlessTrusted();
      this.signal.throwIfAborted();
    });
  }

  /** Makes calls as long as nobody can have taken over: a run that is told to stop may end what it has begun. */
  guardedToTheEnd(meter: CallMeter): CallMeter {
    return checked(meter, () => {
      if (performance.now() < this.#heldUntil) return;
      this.#end('lease_lost');
      this.signal.throwIfAborted();
    });
  }

  release(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#deadline);
    this.#options.drain.removeEventListener('abort', this.#onDrain);
  }

  /** Repeats a write until it gets through, as long as the lease is ours. */
  async persistently<T>(write: () => Promise<T>, onRetry: (error: unknown) => void): Promise<T> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await write();
      } catch (error) {
        const isTransient = error instanceof AppError && error.retryable;
        if (!isTransient || this.#reason === 'lease_lost') throw error;
        onRetry(error);
        await sleep(waitMs);
      }
    }
  }

  async #beat(): Promise<void> {
    // One that hangs must not hide that nobody has confirmed the lease for too long.
    if (this.#isBeating) {
      this.#endUnlessTrusted();
      return;
    }
    this.#isBeating = true;
    const { heartbeat, leaseMs, onHeartbeatFailed } = this.#options;
    const askedAt = performance.now();
    try {
      const { isCancelRequested } = await heartbeat();
      // It may have been answered before somebody took over.
      if (this.#reason === 'lease_lost') return;
      this.#trustedUntil = askedAt + leaseMs / 2;
      this.#heldUntil = askedAt + leaseMs;
      if (isCancelRequested) this.stop('cancelled');
    } catch (error) {
      if (isLeaseLost(error)) {
        this.stop('lease_lost');
        clearInterval(this.#heartbeat);
        return;
      }
      onHeartbeatFailed(error);
      this.#endUnlessTrusted();
    } finally {
      this.#isBeating = false;
    }
  }

  #endUnlessTrusted(): void {
    if (performance.now() >= this.#trustedUntil) this.#end('lease_lost');
  }

  #end(reason: StopReason): void {
    if (this.#reason === undefined || reason === 'lease_lost') this.#reason = reason;
    this.#stop.abort();
  }
}

/** @param check throws when the call is not to be made; asked last, for a meter may wait for room */
const checked = (meter: CallMeter, check: () => void): CallMeter => ({
  call: (operation, make) =>
    meter.call(operation, async () => {
      check();
      return make();
    }),
});
