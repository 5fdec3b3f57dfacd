export interface ClockOptions {
  scale?: number;
  realNow?: () => number;
}

/** The simulators' time: it can run faster than real time (`scale`) and be moved forward, so that windows of minutes pass in a test. */
export class SandboxClock {
  readonly #realNow: () => number;
  readonly #initialScale: number;
  #scale: number;
  #realBase: number;
  #base: number;

  constructor({ scale = 1, realNow = Date.now }: ClockOptions = {}) {
    this.#realNow = realNow;
    this.#initialScale = scale;
    this.#scale = scale;
    this.#realBase = realNow();
    this.#base = this.#realBase;
  }

  get scale(): number {
    return this.#scale;
  }

  now(): number {
    return this.#base + (this.#realNow() - this.#realBase) * this.#scale;
  }

  setScale(scale: number): void {
    this.#rebase();
    this.#scale = scale;
  }

  advance(ms: number): void {
    this.#rebase();
    this.#base += ms;
  }

  /** How long a client must really wait for so much simulated time to pass. */
  realMs(simulatedMs: number): number {
    return simulatedMs / this.#scale;
  }

  reset(): void {
    this.#scale = this.#initialScale;
    this.#realBase = this.#realNow();
    this.#base = this.#realBase;
  }

  #rebase(): void {
    this.#base = this.now();
    this.#realBase = this.#realNow();
  }
}
