import type { Reply } from './answers.js';
import type { Organization } from './organization.js';
import type { MerakiSettings } from './settings.js';
import type { MerakiStore } from './store.js';

/** One call of an API operation, from a client or as an action of a batch. */
export interface OperationCall {
  store: MerakiStore;
  organization: Organization;
  settings: MerakiSettings;
  /** Simulated time. */
  now: number;
  /** What stands at the named places of the path. */
  path: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
  /** The URL that the client called, without its query. */
  url: string;
  isBatched: boolean;
}

export type Operation = (call: OperationCall) => Reply;

/** The value at a place that the route is known to have. */
export function pathValue({ path }: OperationCall, name: string): string {
  const value = path[name];
  if (value === undefined) throw new Error(`the route has no {${name}}`);
  return value;
}
