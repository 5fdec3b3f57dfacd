import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { availableBranchId } from './device-workflows.js';

const TRIES = 5;

/** Ids for the devices of one round. The Director may give an id out again until something uses it. */
export class BranchIds {
  readonly #connection: VendorConnection;
  readonly #signal: AbortSignal;
  readonly #given = new Set<string>();
  readonly #uses = new Set<Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: VendorConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Finds an id, and lets it be used at the vendor, many at a time. */
  async assign(use: (id: string) => Promise<void>): Promise<void> {
    const asked = this.#last.then(() => this.#fresh());
    // Whoever is next asks again, whatever this one comes to.
    this.#last = asked.catch(() => undefined);
    const id = await asked;
    const used = use(id);
    this.#uses.add(used);
    try {
      await used;
    } catch (error) {
      this.#given.delete(id);
      throw error;
    } finally {
      this.#uses.delete(used);
    }
  }

  async #fresh(): Promise<string> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const id = await availableBranchId(this.#connection, this.#signal);
      if (!this.#given.has(id)) {
        this.#given.add(id);
        return id;
      }
      await Promise.allSettled(this.#uses);
    }
    throw new VendorFaultError({
      code: 'VENDOR_UNAVAILABLE',
      message: 'the Director gives the same site id out again and again',
      retryable: true,
    });
  }
}
