import { type Deferred, deferred } from './waiting.js';

/** Closed while anybody holds it: then no slot consumes. */
export class ConsumptionGate {
  #holders = 0;
  #whenHeld: Deferred = deferred();
  #whenOpen: Deferred = deferred();

  constructor() {
    this.#whenOpen.resolve();
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Closes the gate until the returned function is called. */
  hold(): () => void {
    if (this.#holders++ === 0) {
      this.#whenOpen = deferred();
      this.#whenHeld.resolve();
    }
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      if (--this.#holders > 0) return;
      this.#whenHeld = deferred();
      this.#whenOpen.resolve();
    };
  }

  whenOpen(): Promise<void> {
    return this.#whenOpen.promise;
  }

  whenHeld(): Promise<void> {
    return this.#whenHeld.promise;
  }
}
