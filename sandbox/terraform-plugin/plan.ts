import type { Attribute, Attributes } from './schema.js';
import { nestedType } from './schema.js';
import type { ObjectValue, Value } from './values.js';
import { isList, isObject, isUnknown, UNKNOWN, valuesEqual } from './values.js';

export interface PlanRequest {
  readonly prior: ObjectValue | null;
  readonly proposed: ObjectValue;
  readonly config: ObjectValue;
}

/**
 * What a framework provider plans: defaults first; if anything then differs from the prior state, every
 * computed attribute the configuration leaves out becomes unknown, and the stable ones get their old value back.
 */
export function planChange(attributes: Attributes, { prior, proposed, config }: PlanRequest): ObjectValue {
  const withDefaults = mapAttributes(
    attributes,
    proposed,
    config,
    prior,
    ({ attribute, planned, configured }) =>
      attribute.default !== undefined && configured === null ? attribute.default : planned,
  );
  if (prior && valuesEqual(prior, withDefaults)) return withDefaults;
  return mapAttributes(
    attributes,
    withDefaults,
    config,
    prior,
    ({ attribute, planned, configured, before }) => {
      const isLeftToProvider = attribute.computed && configured === null && attribute.default === undefined;
      if (!isLeftToProvider) return planned;
      return attribute.stable && before !== null && !isUnknown(before) ? before : UNKNOWN;
    },
  );
}

interface Place {
  readonly attribute: Attribute;
  readonly planned: Value;
  readonly configured: Value;
  readonly before: Value;
}

function mapAttributes(
  attributes: Attributes,
  planned: ObjectValue,
  config: ObjectValue,
  prior: ObjectValue | null,
  visit: (place: Place) => Value,
): ObjectValue {
  const result: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const place: Place = {
      attribute,
      planned: planned[name] ?? null,
      configured: config[name] ?? null,
      before: prior?.[name] ?? null,
    };
    result[name] = mapNested(place, visit(place), visit);
  }
  return result;
}

function mapNested(
  { attribute, configured, before }: Place,
  value: Value,
  visit: (place: Place) => Value,
): Value {
  const nested = nestedType(attribute);
  if (!nested) return value;
  const inner = (item: Value, itemConfig: Value, itemBefore: Value): Value =>
    isObject(item) && isObject(itemConfig)
      ? mapAttributes(nested.attributes, item, itemConfig, isObject(itemBefore) ? itemBefore : null, visit)
      : item;
  if (nested.nesting === 'single') return inner(value, configured, before);
  if (!isList(value) || !isList(configured)) return value;
  const itemsBefore = isList(before) ? before : [];
  return value.map((item, index) => inner(item, configured[index] ?? null, itemsBefore[index] ?? null));
}
