import type { RunGrant, SiteWork } from '@app/ledger';
import { AppError } from '@app/runtime';

/** Why a run is told to stop before it has done its work. */
export type StopReason = 'lease_lost' | 'cancelled' | 'deadline' | 'drain';

export interface RunLeaseOptions {
  work: Pick<SiteWork, 'heartbeat'>;
  grant: RunGrant;
  leaseMs: number;
  heartbeatMs: number;
  deadlineAt: Date;
  /** Fires when the executor has to stop. */
  drain: AbortSignal;
  onHeartbeatFailed: (error: unknown) => void;
}

/**
 * Holds a claim: extends its lease, and tells the run to stop when the lease is lost, when somebody cancels the
 * operation, at its deadline, and when the executor has to go.
 */
export class RunLease {
  readonly #options: RunLeaseOptions;
  readonly #stop = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  readonly #onDrain = () => this.stop('drain');
  #reason: StopReason | undefined;
  /** Terraform needs the other half of the lease and the margin behind it to stop, before anybody takes over. */
  #trustedUntil: number;
  #isBeating = false;

  constructor(options: RunLeaseOptions) {
    this.#options = options;
    this.#trustedUntil = performance.now() + options.leaseMs / 2;
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
    if (this.#reason === undefined || reason === 'lease_lost') this.#reason = reason;
    this.#stop.abort();
  }

  release(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#deadline);
    this.#options.drain.removeEventListener('abort', this.#onDrain);
  }

  async #beat(): Promise<void> {
    // One that hangs must not hide that nobody has confirmed the lease for too long.
    if (this.#isBeating) {
      if (performance.now() >= this.#trustedUntil) this.stop('lease_lost');
      return;
    }
    this.#isBeating = true;
    const { work, grant, leaseMs, onHeartbeatFailed } = this.#options;
    const askedAt = performance.now();
    try {
      const { isCancelRequested } = await work.heartbeat(grant, leaseMs);
      this.#trustedUntil = askedAt + leaseMs / 2;
      if (isCancelRequested) this.stop('cancelled');
    } catch (error) {
      if (error instanceof AppError && error.code === 'LEASE_LOST') {
        this.stop('lease_lost');
        clearInterval(this.#heartbeat);
        return;
      }
      onHeartbeatFailed(error);
      if (performance.now() >= this.#trustedUntil) this.stop('lease_lost');
    } finally {
      this.#isBeating = false;
    }
  }
}
