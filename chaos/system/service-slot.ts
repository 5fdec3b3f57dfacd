import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildService } from '../../sandbox/stack/child-service.js';

export type ServiceApp = 'gateway' | 'tf-executor' | 'device-programmer';

const AGAIN_AFTER_MS = 100;

/** A place in which one service runs, and another one of its kind after it has gone. */
export class ServiceSlot {
  readonly app: ServiceApp;
  readonly #start: () => Promise<ChildService>;
  readonly #startWithinMs: number;
  #current: ChildService | undefined;
  /** What is being done to the service; whoever wants to do something to it comes after that. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(app: ServiceApp, start: () => Promise<ChildService>, startWithinMs = 90_000) {
    this.app = app;
    this.#start = start;
    this.#startWithinMs = startWithinMs;
  }

  /** undefined while none runs. */
  get current(): ChildService | undefined {
    return this.#current?.isRunning === true ? this.#current : undefined;
  }

  start(): Promise<void> {
    return this.alone(() => this.#started());
  }

  /** Ends the service in some way and starts another one in its place. */
  replace<Result>(end: (service: ChildService) => Promise<Result>): Promise<Result> {
    return this.alone(async () => {
      const service = this.current ?? (await this.#started(), this.#current);
      if (service === undefined) throw new Error(`there is no ${this.app}`);
      const result = await end(service);
      await this.#started();
      return result;
    });
  }

  /** Does something to the service while nobody else does. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  /** As whatever keeps services running does: again and again, because a service ends that finds no store. */
  async #started(): Promise<void> {
    const deadline = performance.now() + this.#startWithinMs;
    for (;;) {
      try {
        this.#current = await this.#start();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }
}
