import type { CatoContext } from './context.js';
import { OperationRefused } from './graphql/graphql-error.js';

/** How to take back one step of a call. */
export type Undo = () => void;

/**
 * Runs a call of several steps; when a step is refused, those before it are taken back. The vendor says nothing about
 * a bulk call that fails half-way, so the other behaviour can be chosen as well.
 */
export function inOneGo<T>({ settings }: CatoContext, work: (undos: Undo[]) => T): T {
  const undos: Undo[] = [];
  try {
    return work(undos);
  } catch (error) {
    if (settings.bulkFailure === 'atomic') for (const undo of undos.toReversed()) undo();
    throw error;
  }
}

export function refuseTooMany({ settings: { bulkLimit } }: CatoContext, items: number, what: string): void {
  if (items > bulkLimit)
    throw new OperationRefused(`${items} ${what} in one call are too many: at most ${bulkLimit}`);
}

export interface SetChange<Item, Reference> {
  /** The full set, which takes the place of everything. */
  set: readonly Item[] | null | undefined;
  add: readonly Item[] | null | undefined;
  remove: readonly Reference[] | null | undefined;
}

/** What the declarative calls do with the full set, or with additions and removals; never with both. */
export function changeSet<Item, Reference>(
  { settings }: CatoContext,
  { set, add, remove }: SetChange<Item, Reference>,
  steps: { replace(items: readonly Item[]): void; add(item: Item): void; remove(reference: Reference): void },
): void {
  if (set && (add ?? remove)) {
    throw new OperationRefused('the full set cannot be given together with additions or removals');
  }
  if (set) steps.replace(set);
  if (settings.bulkOrder === 'add-first') add?.forEach((item) => steps.add(item));
  remove?.forEach((reference) => steps.remove(reference));
  if (settings.bulkOrder === 'remove-first') add?.forEach((item) => steps.add(item));
}
