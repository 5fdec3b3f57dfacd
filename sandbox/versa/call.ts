import type { Answer } from '../admin/exchange.js';
import type { AccessTokens } from './access-tokens.js';
import { Refused } from './answers.js';
import { isObject, type JsonObject } from './json.js';
import type { VersaSettings } from './settings.js';
import type { AccountStore } from './store.js';
import type { Tasks } from './tasks.js';

/** One call that was let in, and what a handler needs to answer it. */
export interface Call {
  method: string;
  /** Of the path, as sent: for error texts. */
  path: string;
  params: Record<string, string>;
  /** What a path pattern that ends in `*` left over, decoded. */
  rest: string[];
  query: URLSearchParams;
  body: unknown;
  bearer: string;
  account: AccountStore;
  tasks: Tasks;
  accessTokens: AccessTokens;
  settings: VersaSettings;
  now: number;
}

export type Handler = (call: Call) => Answer;

export interface Route {
  method: string;
  /** Segments; `{name}` takes any one, a last `*` takes all that follow. */
  path: string;
  /** As the call log counts it and fault rules name it. */
  operation: string;
  handler: Handler;
}

/** The value below the body's one key, by which the vendor wraps most bodies. */
export function wrapped(body: unknown, key: string): JsonObject {
  const value = isObject(body) ? body[key] : undefined;
  if (!isObject(value)) throw Refused.invalid(`the body must be {"${key}": {...}}`);
  return value;
}

export function param({ params }: Call, name: string): string {
  return params[name] ?? '';
}

const DEFAULT_LIMIT = 25;

export interface Page<T> {
  items: T[];
  totalCount: number;
}

export function pageOf<T>({ query }: Call, items: readonly T[]): Page<T> {
  const offset = numberIn(query, 'offset', 0);
  const limit = numberIn(query, 'limit', DEFAULT_LIMIT);
  return { items: items.slice(offset, offset + limit), totalCount: items.length };
}

function numberIn(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0)
    throw Refused.invalid(`${name} is no whole number`);
  return value;
}
