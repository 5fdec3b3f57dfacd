import type { FieldError } from '@app/contracts';
import { dotted } from './field-errors.js';

/** Far deeper than any request of ours; what recurses over a body later can rely on it. */
const MAX_DEPTH = 32;

interface Place {
  node: unknown;
  path: readonly string[];
}

/** All values of a JSON value with their paths, in order, without recursion: nesting cannot exhaust the stack. */
function* places(value: unknown): Generator<Place> {
  const pending: Place[] = [{ node: value, path: [] }];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    yield place;
    const { node, path } = place;
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, child] of Object.entries(node).toReversed()) {
      pending.push({ node: child, path: [...path, key] });
    }
  }
}

/** The first place where a value is nested beyond reason, as a fault. */
export function tooDeep(value: unknown): FieldError | undefined {
  for (const { path } of places(value)) {
    if (path.length > MAX_DEPTH) {
      return { path: dotted(path), message: `is nested more than ${MAX_DEPTH} levels deep` };
    }
  }
  return undefined;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Texts that JSON allows and nothing behind us can store: PostgreSQL refuses NUL and lone surrogates. */
export function malformedText(value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  for (const { node, path } of places(value)) {
    const name = path.at(-1);
    if ((name !== undefined && !isStorable(name)) || (typeof node === 'string' && !isStorable(node))) {
      errors.push({
        path: dotted(path).replaceAll('\0', '').toWellFormed(),
        message: 'must be well-formed Unicode without NUL',
      });
    }
  }
  return errors;
}
