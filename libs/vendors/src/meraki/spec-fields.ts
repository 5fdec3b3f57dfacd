import { z } from 'zod';

/** Text that survives JSON and the vendor; trimmed by nobody. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'must be well-formed Unicode without NUL',
    );

/** The vendor keeps tags in one string, with spaces between them. */
const Tag = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be printable ASCII without spaces');

const isSetOf = (entries: readonly string[]): boolean => new Set(entries).size === entries.length;

export const Tags = z.array(Tag).max(50).refine(isSetOf, 'must not repeat a tag').default([]);

export const setOf = <T extends z.ZodType<string>>(entry: T, what: string) =>
  z.array(entry).min(1).refine(isSetOf, `must not repeat a ${what}`);

/** The vendor may answer a list in another order than it was given. */
export const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && new Set([...one, ...other]).size === one.length;
