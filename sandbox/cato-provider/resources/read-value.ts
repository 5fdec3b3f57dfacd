import type { ObjectValue, Value } from '../../terraform-plugin/index.js';
import { isList, isObject } from '../../terraform-plugin/index.js';

/** Terraform has checked a value against the schema; these read it into the types that the schema promises. */
export function text(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function number(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export function bool(value: Value | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

export function object<Model>(value: Value | undefined, read: (value: ObjectValue) => Model): Model | null {
  return isObject(value) ? read(value) : null;
}

export function list<Model>(value: Value | undefined, read: (value: Value) => Model | null): Model[] | null {
  return isList(value) ? value.map(read).filter((item) => item !== null) : null;
}
