import { createHash } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';

/** PostgreSQL cuts longer names. */
const NAME_LENGTH = 32;
/** Our statements are constants of the code, so they are few; a text that is made up at run time stays unnamed. */
const MAX_NAMES = 1_000;

const names = new Map<string, string>();

/** The same text has the same name, on every connection. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_NAMES) return known;
  const name = createHash('sha256').update(text).digest('hex').slice(0, NAME_LENGTH);
  names.set(text, name);
  return name;
}

/** What `pg` is called with: a text and its values, or whatever else it knows, which passes as it is. */
export function prepared(query: unknown[]): unknown[] {
  const [text, values, ...rest] = query;
  if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query;
  const name = statementName(text);
  return name === undefined ? query : [{ name, text, values }, ...rest];
}

/**
 * A connection that has every statement with parameters parsed and planned once. To understand one of ours costs
 * PostgreSQL about as much as to run it.
 */
export class PreparingClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    const send: (...query: unknown[]) => unknown = super.query.bind(this);
    // In place of a method, which would have to repeat every way in which `pg` can be called.
    Object.assign(this, { query: (...query: unknown[]) => send(...prepared(query)) });
  }
}
