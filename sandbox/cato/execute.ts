import { Kind } from 'graphql';
import { coerceInput, type ScalarRules } from './graphql/coerce.js';
import type { SelectedField } from './graphql/document.js';
import {
  InvalidRequest,
  OperationRefused,
  type ErrorPath,
  type GraphqlErrorBody,
} from './graphql/graphql-error.js';
import { project } from './graphql/project.js';
import { isRecord } from './graphql/record.js';
import { declaredVariables, isWanted, typeName, valueOf, type Variables } from './graphql/values.js';
import type { PlannedField, PlannedOperation, RequestPlan } from './request-plan.js';

export type Arguments = Readonly<Record<string, unknown>>;

/** Written as a method, so that a resolver can name the arguments which the schema has already checked for it. */
export type Resolver<Context> = { resolve(context: Context, args: Arguments): unknown }['resolve'];

export interface ExecuteOptions<Context> {
  plan: RequestPlan;
  sentVariables: Variables;
  account: string;
  context: Context;
  resolvers: Readonly<Record<string, Resolver<Context>>>;
  scalars: ScalarRules;
  isStrict: boolean;
}

export type Executed = { data: Record<string, unknown> } | { errors: GraphqlErrorBody[] };

interface ReadyOperation {
  operation: PlannedOperation;
  args: Arguments;
  path: string[];
}

/** Another account's id in the arguments than in the request's header. */
export class ForeignAccount extends Error {}

/** Runs the sent document: all arguments are checked before anything is executed. Throws InvalidRequest, ForeignAccount. */
export function execute<Context>(options: ExecuteOptions<Context>): Executed {
  const { plan, sentVariables, context, resolvers, isStrict } = options;
  const resolve = (coordinate: string): Resolver<Context> | undefined => {
    const [type, field] = coordinate.split('.');
    return field === '__typename' ? () => type : resolvers[coordinate];
  };
  const variables = declaredVariables(plan.document.variables, sentVariables);
  if (isStrict) checkVariableTypes(plan);
  const ready = plan.operations
    .filter((operation) => isOperationWanted(operation, variables))
    .map((operation) => prepare(operation, variables, options));

  const data: Record<string, unknown> = emptyData(plan.document.fields, ready, variables);
  const errors: GraphqlErrorBody[] = [];
  for (const { operation, args, path } of ready) {
    try {
      const value = resolve(operation.coordinate)?.(context, args);
      set(data, path, project(value, operation.selected.fields, { variables, isStrict }, path));
    } catch (error) {
      if (!(error instanceof OperationRefused)) throw error;
      errors.push({ message: error.message, path });
    }
  }
  return errors.length > 0 ? { errors } : { data };
}

function isOperationWanted({ namespaces, selected }: PlannedOperation, variables: Variables): boolean {
  return [...namespaces.map((namespace) => namespace.selected), selected].every(({ when }) =>
    isWanted(when, variables),
  );
}

function prepare<Context>(
  operation: PlannedOperation,
  variables: Variables,
  { account, scalars, isStrict }: ExecuteOptions<Context>,
): ReadyOperation {
  const path: string[] = [];
  for (const namespace of operation.namespaces) {
    path.push(namespace.selected.key);
    checkAccount(argumentsOf(namespace, variables, scalars, path), account);
  }
  path.push(operation.selected.key);
  if (isStrict && !operation.definition && !operation.name.startsWith('__')) {
    throw InvalidRequest.validation(`Cannot query field "${operation.name}".`, path);
  }
  const args = argumentsOf(operation, variables, scalars, path);
  checkAccount(args, account);
  return { operation, args, path };
}

function checkAccount(args: Arguments, account: string): void {
  const named = args['accountId'] ?? args['accountID'];
  if (named !== undefined && named !== null && named !== account) throw new ForeignAccount();
}

function argumentsOf(
  { selected, definition }: PlannedField,
  variables: Variables,
  scalars: ScalarRules,
  path: ErrorPath,
): Arguments {
  if (!definition) return {};
  const args: Record<string, unknown> = {};
  for (const { name } of selected.args) {
    if (!definition.args.some((arg) => arg.name === name)) {
      throw InvalidRequest.validation(`Unknown argument "${name}" on field "${selected.name}".`, path);
    }
  }
  for (const { name, type, defaultValue } of definition.args) {
    const node = selected.args.find((arg) => arg.name === name)?.value;
    const value = node ? valueOf(node, variables) : undefined;
    const valuePath = node?.kind === Kind.VARIABLE ? ['variable', node.name.value] : [...path, name];
    const coerced = coerceInput(value === undefined ? defaultValue : value, type, scalars, valuePath);
    if (coerced !== undefined) args[name] = coerced;
  }
  return args;
}

/** Namespaces are answered as objects even when nothing below them was wanted. */
function emptyData(
  fields: readonly SelectedField[],
  ready: readonly ReadyOperation[],
  variables: Variables,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  const namespaces = new Set(
    ready.flatMap(({ operation }) => operation.namespaces.map(({ selected }) => selected)),
  );
  for (const field of fields) {
    if (namespaces.has(field) && isWanted(field.when, variables)) {
      data[field.key] = emptyData(field.fields ?? [], ready, variables);
    }
  }
  return data;
}

function set(data: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let target: unknown = data;
  for (const key of path.slice(0, -1)) target = isRecord(target) ? target[key] : undefined;
  if (isRecord(target)) target[path.at(-1) ?? ''] = value;
}

function checkVariableTypes({ document, operations }: RequestPlan): void {
  const declared = new Map(
    document.variables.map(({ variable, type }) => [variable.name.value, typeName(type)]),
  );
  for (const { selected, definition } of operations.flatMap((operation) => [
    ...operation.namespaces,
    operation,
  ])) {
    for (const { name, value } of selected.args) {
      const wanted = definition?.args.find((arg) => arg.name === name)?.type;
      if (value.kind !== Kind.VARIABLE || !wanted) continue;
      const given = declared.get(value.name.value);
      if (given !== String(wanted).replaceAll('!', '')) {
        throw InvalidRequest.validation(
          `Variable "$${value.name.value}" of type "${given}" used in position expecting type "${String(wanted)}".`,
        );
      }
    }
  }
}
