type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const PREFIX = /^(?:versa-tasks\.|versanms\.|dg:)/;

/** The keys without the prefixes that the Director puts before some of them, in some of its versions. */
export function withoutPrefixes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrefixes);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.replace(PREFIX, ''), withoutPrefixes(inner)]),
  );
}
