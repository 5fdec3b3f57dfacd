import { Injectable, Module } from '@nestjs/common';

/** Where the process is between its start and its end; readiness follows it. */
@Injectable()
export class Lifecycle {
  readonly #draining = new AbortController();
  #isStarted = false;

  get isStarted(): boolean {
    return this.#isStarted;
  }

  get isDraining(): boolean {
    return this.#draining.signal.aborted;
  }

  /** Fires when the process begins to stop: end long waits and streams, take no new work. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  markStarted(): void {
    this.#isStarted = true;
  }

  beginDrain(): void {
    this.#draining.abort();
  }
}

@Module({ providers: [Lifecycle], exports: [Lifecycle] })
export class LifecycleModule {}
