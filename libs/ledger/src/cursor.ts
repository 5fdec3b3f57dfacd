import { SpecRefused } from './errors.js';

/** A list's position as an opaque text: the sort key of the last item of the page. */
export const encodeCursor = (key: string): string => Buffer.from(key).toString('base64url');

/** @throws SpecRefused when the text is no cursor of that list */
export function decodeCursor(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (!pattern.test(key)) {
    throw new SpecRefused('VALIDATION_FAILED', [{ path: 'cursor', message: 'is not a cursor of this list' }]);
  }
  return key;
}

/** Cuts a result that was asked for one item more than the page holds. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  { key, view }: { key: (row: Row) => string; view: (row: Row) => Item },
): { items: Item[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(view),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null,
  };
}

export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;
export const ID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
