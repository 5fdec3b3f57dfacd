type Reader = () => unknown;

interface HealthDetailsOptions {
  /** What takes longer is unknown. */
  patienceMs: number;
  /** What was read is shown for so long, however often somebody asks: anybody may. */
  freshMs: number;
}

/** Further facts about a process. One that cannot be read, or not in time, is `unknown` and keeps nobody from the others. */
export class HealthDetails {
  readonly #readers: Readonly<Record<string, Reader>>;
  readonly #options: HealthDetailsOptions;
  #last: { facts: Promise<Record<string, unknown>>; until: number } | undefined;

  constructor(readers: Readonly<Record<string, Reader>>, options: HealthDetailsOptions) {
    this.#readers = readers;
    this.#options = options;
  }

  read(): Promise<Record<string, unknown>> {
    const now = performance.now();
    if (this.#last === undefined || this.#last.until <= now) {
      this.#last = { facts: this.#readAll(), until: now + this.#options.freshMs };
    }
    return this.#last.facts;
  }

  async #readAll(): Promise<Record<string, unknown>> {
    const facts = Object.entries(this.#readers).map(async ([name, reader]) => [
      name,
      await this.#one(reader),
    ]);
    const read: Record<string, unknown> = Object.fromEntries(await Promise.all(facts));
    return read;
  }

  async #one(reader: Reader): Promise<unknown> {
    const late = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => late.resolve('unknown'), this.#options.patienceMs);
    try {
      return await Promise.race([reader(), late.promise]);
    } catch {
      return 'unknown';
    } finally {
      clearTimeout(timer);
    }
  }
}
