import type { SelectedField } from './document.js';
import { InvalidRequest, type ErrorPath } from './graphql-error.js';
import { isRecord } from './record.js';
import { isWanted, valueOf, type Variables } from './values.js';

/** A field with arguments of its own, somewhere inside an operation's answer. */
export class FieldWithArguments {
  readonly resolve: (args: Readonly<Record<string, unknown>>) => unknown;

  constructor(resolve: (args: Readonly<Record<string, unknown>>) => unknown) {
    this.resolve = resolve;
  }
}

/** A free JSON object: answered whole, although nothing is selected below it. */
export class FreeJson {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

export interface ProjectOptions {
  variables: Variables;
  /** Refuse fields that the answer does not model, instead of answering null. */
  isStrict: boolean;
}

/** Cuts a value down to exactly what was selected, under the response names of the document. */
export function project(
  value: unknown,
  fields: readonly SelectedField[] | null,
  options: ProjectOptions,
  path: ErrorPath,
): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof FreeJson) return value.value;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => project(item, fields, options, [...path, index]));
  if (!isRecord(value)) {
    if (fields) throw InvalidRequest.validation(`Field "${path.at(-1)}" must not have a selection.`, path);
    return value;
  }
  if (!fields)
    throw InvalidRequest.validation(`Field "${path.at(-1)}" must have a selection of subfields.`, path);
  const result: Record<string, unknown> = {};
  for (const field of fields) {
    if (!isWanted(field.when, options.variables)) continue;
    const fieldPath = [...path, field.key];
    if (options.isStrict && !Object.hasOwn(value, field.name) && !field.name.startsWith('__')) {
      throw InvalidRequest.validation(`Cannot query field "${field.name}".`, fieldPath);
    }
    const inner = value[field.name];
    const resolved = inner instanceof FieldWithArguments ? inner.resolve(argumentsOf(field, options)) : inner;
    result[field.key] = project(resolved, field.fields, options, fieldPath);
  }
  return result;
}

function argumentsOf({ args }: SelectedField, { variables }: ProjectOptions): Record<string, unknown> {
  return Object.fromEntries(args.map(({ name, value }) => [name, valueOf(value, variables)]));
}
