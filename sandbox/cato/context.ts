import { OperationRefused } from './graphql/graphql-error.js';
import type { CatoSettings } from './settings.js';
import type { AccountStore, CatoSite, CatoStore } from './store.js';

/** What a resolver needs beside its arguments. */
export interface CatoContext {
  store: CatoStore;
  account: AccountStore;
  settings: CatoSettings;
  /** Simulated time. */
  now: number;
}

export interface ObjectRef {
  by: 'ID' | 'NAME';
  input: string;
}

/** The arguments of most mutations below a site. */
export type SiteArguments<Input> = { siteId: string; input: Input };

export function siteById({ account }: CatoContext, id: string): CatoSite {
  const site = account.sites.get(id);
  if (!site) throw new OperationRefused(`Site with id: ${id} is not found`);
  return site;
}

export function siteByRef(context: CatoContext, { by, input }: ObjectRef): CatoSite {
  if (by === 'ID') return siteById(context, input);
  const site = context.account.siteNamed(input);
  if (!site) throw new OperationRefused(`Site with name: ${input} is not found`);
  return site;
}

/** Copies what was given into an object; null means "not given", as for the vendor's own clients. */
export function assignGiven<T extends object>(target: T, given: Partial<Record<keyof T, unknown>>): void {
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && value !== null) Object.assign(target, { [key]: value });
  }
}
