import { VendorFaultError, type CallMeter } from '@app/vendors';
import type { BudgetRequest, Reservation } from './budget.js';
import type { CallEnds } from './call-ends.js';
import { counterNames } from './counters.js';
import type { AccountPauses } from './account-pauses.js';
import type { KnownBlocks } from './known-blocks.js';
import { OutOfBudget } from './out-of-budget.js';

/** What the ledger has set aside. */
export interface Grant {
  budgetId: string;
  uses: readonly { counter: string; useId: string; units: number }[];
  /** Of `performance.now()`: nothing of it may be used after that. */
  usableUntil: number;
}

export interface ReservedCallsParts {
  request: BudgetRequest;
  /** undefined: nothing that was asked for has a limit. */
  grant: Grant | undefined;
  ends: CallEnds;
  blocks: KnownBlocks;
  /** Sets one more call aside. @throws OutOfBudget */
  oneMore(operation: string): Promise<Grant | undefined>;
  pauses: Pick<AccountPauses, 'knownMs'>;
  /** The vendor has refused a call, which counted there; undefined: it has no limit that we know of. */
  refused(counted: Counted | undefined, retryAfterMs: number | undefined): Promise<void>;
}

/** The counters of a call. */
export interface Counted {
  budgetId: string;
  counters: readonly string[];
}

/** Calls that are reserved, and what is made of them. */
export class ReservedCalls implements Reservation {
  readonly meter: CallMeter = { call: (operation, make) => this.#call(operation, make) };
  readonly #parts: ReservedCallsParts;
  readonly #free = new Map<string, { useId: string; units: number }>();

  constructor(parts: ReservedCallsParts) {
    this.#parts = parts;
    for (const { counter, useId, units } of parts.grant?.uses ?? [])
      this.#free.set(counter, { useId, units });
  }

  async close(): Promise<void> {
    const { ends } = this.#parts;
    for (const { useId, units } of this.#free.values()) if (units > 0) ends.givenBack(useId, units);
    this.#free.clear();
    await ends.flush();
  }

  async #call<T>(operation: string, make: () => Promise<T>): Promise<T> {
    const { request, pauses, ends } = this.#parts;
    const counters = counterNames(request.limits, operation);
    if (counters.length === 0) {
      const waitMs = pauses.knownMs(request.budget);
      if (waitMs > 0) throw new OutOfBudget(`a call of ${operation}`, waitMs);
      return this.#learning(undefined, make);
    }
    const { budgetId, useIds } = await this.#take(operation, counters);
    try {
      return await this.#learning({ budgetId, counters }, make);
    } finally {
      ends.ended(useIds);
    }
  }

  async #learning<T>(counted: Counted | undefined, make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      if (error instanceof VendorFaultError && error.fault.code === 'VENDOR_RATE_LIMITED') {
        await this.#parts.refused(counted, error.fault.retryAfterMs);
      }
      throw error;
    }
  }

  async #take(operation: string, counters: string[]): Promise<{ budgetId: string; useIds: string[] }> {
    const { grant, blocks, ends } = this.#parts;
    if (grant !== undefined) {
      const waitMs = blocks.waitMs(grant.budgetId, counters);
      if (waitMs > 0) throw new OutOfBudget(`a call of ${operation}`, waitMs);
      const units = counters.map((counter) => this.#free.get(counter));
      if (performance.now() < grant.usableUntil && units.every((unit) => (unit?.units ?? 0) > 0)) {
        const taken = units.filter((unit) => unit !== undefined);
        for (const unit of taken) unit.units -= 1;
        return { budgetId: grant.budgetId, useIds: taken.map(({ useId }) => useId) };
      }
    }
    const more = await this.#parts.oneMore(operation);
    if (more === undefined) throw new Error(`a call of ${operation} has counters and none was reserved`);
    const waitMs = blocks.waitMs(more.budgetId, counters);
    if (waitMs > 0) {
      for (const { useId, units } of more.uses) ends.givenBack(useId, units);
      throw new OutOfBudget(`a call of ${operation}`, waitMs);
    }
    return { budgetId: more.budgetId, useIds: more.uses.map(({ useId }) => useId) };
  }
}
