import { Deferred } from './waiting.js';

/** Closed while anybody holds it: then no slot consumes. */
export class ConsumptionGate {
  #holders = 0;
  #whenHeld: Deferred = new Deferred();
  #whenOpen: Deferred = new Deferred();

  constructor() {
    this.#whenOpen.resolve();
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Closes the gate until the returned function is called. */
  hold(): () => void {
    if (this.#holders++ === 0) {
      this.#whenOpen = new Deferred();
      this.#whenHeld.resolve();
    }
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      if (--this.#holders > 0) return;
      this.#whenHeld = new Deferred();
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
