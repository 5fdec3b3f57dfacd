import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import { InvalidRequest, type ErrorPath } from './graphql-error.js';
import { isRecord } from './record.js';

/** How the values of a scalar are checked; a value that fails may be quoted only where it is no secret. */
export interface ScalarRule {
  accepts(value: unknown): boolean;
  isQuoted: boolean;
}

export type ScalarRules = Readonly<Record<string, ScalarRule>>;

/** Checks a value against its input type and fills in the defaults; the first fault is thrown in the vendor's shape. */
export function coerceInput(
  value: unknown,
  type: GraphQLInputType,
  scalars: ScalarRules,
  path: ErrorPath,
): unknown {
  if (isNonNullType(type)) {
    if (value === undefined || value === null) throw InvalidRequest.validation('cannot be null', path);
    return coerceInput(value, type.ofType, scalars, path);
  }
  if (value === undefined || value === null) return value;
  if (isListType(type)) {
    if (!Array.isArray(value)) return [coerceInput(value, type.ofType, scalars, path)];
    return value.map((item: unknown, index) => coerceInput(item, type.ofType, scalars, [...path, index]));
  }
  if (isInputObjectType(type)) return coerceObject(value, type, scalars, path);
  if (isEnumType(type)) {
    if (typeof value === 'string' && type.getValue(value)) return value;
    throw notValid(value, type.name, true, path);
  }
  const rule = scalars[type.name];
  if (rule && !rule.accepts(value)) throw notValid(value, type.name, rule.isQuoted, path);
  return type.name === 'ID' && typeof value === 'number' ? String(value) : value;
}

function coerceObject(
  value: unknown,
  type: GraphQLInputObjectType,
  scalars: ScalarRules,
  path: ErrorPath,
): Record<string, unknown> {
  if (!isRecord(value)) throw InvalidRequest.validation(`must be a ${type.name}`, path);
  const definitions = type.getFields();
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(definitions, name)) throw InvalidRequest.validation('unknown field', [...path, name]);
  }
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(definitions)) {
    const fieldValue = value[name] === undefined ? field.defaultValue : value[name];
    const coerced = coerceInput(fieldValue, field.type, scalars, [...path, name]);
    if (coerced !== undefined) result[name] = coerced;
  }
  return result;
}

function notValid(value: unknown, type: string, isQuoted: boolean, path: ErrorPath): InvalidRequest {
  const shown = isQuoted && (typeof value === 'string' || typeof value === 'number') ? `${value}` : '';
  return new InvalidRequest({ message: `input: ${dotted(path)} ${shown} is not a valid ${type}`, path });
}

function dotted(path: ErrorPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}
