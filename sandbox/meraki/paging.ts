import { z } from 'zod';
import { parameters, type Reply } from './answers.js';
import type { OperationCall } from './context.js';

export interface PageSize {
  byDefault: number;
  most: number;
}

/** The fewest entries of a page that the API accepts. */
const LEAST_PER_PAGE = 3;

/** One page of a list in the order of its keys; the `Link` header leads to the others. */
export function page<T>(
  call: OperationCall,
  items: readonly T[],
  keyOf: (item: T) => string,
  { byDefault, most }: PageSize,
): Reply & { items: T[] } {
  const { perPage, startingAfter, endingBefore } = parameters(
    z.object({
      perPage: z.coerce.number().int().min(LEAST_PER_PAGE).max(most).default(byDefault),
      startingAfter: z.string().optional(),
      endingBefore: z.string().optional(),
    }),
    Object.fromEntries(call.query),
  );
  const sorted = items.toSorted((one, other) => compare(keyOf(one), keyOf(other)));
  if (endingBefore !== undefined) {
    const before = sorted.filter((item) => compare(keyOf(item), endingBefore) < 0);
    return paged(call, before.slice(-perPage), keyOf, true);
  }
  const rest =
    startingAfter === undefined ? sorted : sorted.filter((item) => compare(keyOf(item), startingAfter) > 0);
  return paged(call, rest.slice(0, perPage), keyOf, rest.length > perPage);
}

function paged<T>(call: OperationCall, items: T[], keyOf: (item: T) => string, hasNext: boolean) {
  const links = [link(call, 'first')];
  const last = items.at(-1);
  if (hasNext && last !== undefined) links.push(link(call, 'next', keyOf(last)));
  return { status: 200 as const, items, headers: { link: links.join(', ') } };
}

function link({ url, query }: OperationCall, relation: string, startingAfter?: string): string {
  const target = new URLSearchParams(query);
  target.delete('startingAfter');
  target.delete('endingBefore');
  if (startingAfter !== undefined) target.set('startingAfter', startingAfter);
  const text = target.toString();
  return `<${url}${text === '' ? '' : `?${text}`}>; rel=${relation}`;
}

/** By code unit, not by language: ids and serials have no language. */
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Lists in queries come as `tags[]=a&tags[]=b`. */
export function listed(query: URLSearchParams, name: string): string[] | undefined {
  const values = [...query.getAll(`${name}[]`), ...query.getAll(name)];
  return values.length === 0 ? undefined : values;
}
