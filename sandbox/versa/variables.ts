import { isObject, listAt, objectAt, textAt, type JsonObject } from './json.js';

/** A placeholder in a template: every device binds its own value to it. */
const VARIABLE = /\{\$v_[^}]*\}/g;

export function variablesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') for (const [name] of value.matchAll(VARIABLE)) found.add(name);
  else if (Array.isArray(value)) for (const item of value) variablesIn(item, found);
  else if (isObject(value)) for (const item of Object.values(value)) variablesIn(item, found);
  return found;
}

/** The configuration with a device's values in place; what holds no variable is shared with the template. */
export function withValues(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replaceAll(VARIABLE, (name) => values.get(name) ?? name);
  if (Array.isArray(value)) return value.map((item) => withValues(item, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withValues(item, values)]));
}

/** The bind data of a device: `{"device-template-variable":{template, "variable-binding":{attrs:[{name,value}]}}}`. */
export function boundValues(templateData: JsonObject): Map<string, string> {
  const binding = objectAt(objectAt(templateData, 'device-template-variable'), 'variable-binding');
  const values = new Map<string, string>();
  for (const attribute of listAt(binding, 'attrs')) {
    if (!isObject(attribute)) continue;
    const name = textAt(attribute, 'name');
    const value = textAt(attribute, 'value');
    // What the Director may make up itself needs no value from the client.
    if (value !== '' || attribute['isAutogeneratable'] === true)
      values.set(name, value || `auto${name.length}`);
  }
  return values;
}

export function bindData(
  template: string,
  variables: Iterable<string>,
  values: ReadonlyMap<string, string>,
): JsonObject {
  const attrs = [...variables].map((name) => ({
    name,
    value: values.get(name) ?? '',
    isAutogeneratable: false,
  }));
  return { 'device-template-variable': { template, 'variable-binding': { attrs } } };
}
