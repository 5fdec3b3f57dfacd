import type { Attributes } from './schema.js';
import { nestedType } from './schema.js';
import type { ObjectValue, Value } from './values.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A state as Terraform stored it, read with today's schema: what it lacks is null, what it no longer knows is dropped. */
export function stateFromJson(attributes: Attributes, json: string): ObjectValue {
  const state: Json = JSON.parse(json);
  return objectFromJson(attributes, state) ?? nullObject(attributes);
}

/** An object of this schema with nothing set. */
export function nullObject(attributes: Attributes): ObjectValue {
  return Object.fromEntries(Object.keys(attributes).map((name) => [name, null]));
}

function objectFromJson(attributes: Attributes, json: Json): ObjectValue | null {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return null;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Value] => {
      const value = json[name] ?? null;
      const nested = nestedType(attribute);
      if (!nested) return [name, value];
      if (nested.nesting === 'single') return [name, objectFromJson(nested.attributes, value)];
      return [
        name,
        Array.isArray(value) ? value.map((item) => objectFromJson(nested.attributes, item)) : null,
      ];
    }),
  );
}
