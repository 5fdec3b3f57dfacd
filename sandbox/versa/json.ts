export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object below a key; none counts as an empty one, so that what is missing in it is named instead. */
export const objectAt = (value: JsonObject, key: string): JsonObject => {
  const found = value[key];
  return isObject(found) ? found : {};
};

export const textAt = (value: JsonObject, key: string): string => {
  const found = value[key];
  if (typeof found === 'string') return found;
  return typeof found === 'number' ? String(found) : '';
};

export const listAt = (value: JsonObject, key: string): unknown[] => {
  const found = value[key];
  return Array.isArray(found) ? found : [];
};

/** Names given as texts or as objects with a name: the vendor's bodies have both. */
export function namesIn(values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string') return [value];
    const name = isObject(value) ? textAt(value, 'name') : '';
    return name === '' ? [] : [name];
  });
}
