import {
  Kind,
  OperationTypeNode,
  parse,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { InvalidRequest } from './graphql-error.js';

/** `@skip` and `@include` on the way to a field: all must hold. */
export interface Condition {
  value: ValueNode;
  wanted: boolean;
}

/** A selected field after fragments are inlined and repeated selections are merged. */
export interface SelectedField {
  /** The response name: the alias, or the field's own name. */
  key: string;
  name: string;
  args: readonly { name: string; value: ValueNode }[];
  /** The field is wanted when any of these groups holds; null means always. */
  when: Condition[][] | null;
  /** Null when the document selects no subfields. */
  fields: SelectedField[] | null;
}

export interface CompiledDocument {
  kind: 'query' | 'mutation';
  variables: readonly VariableDefinitionNode[];
  fields: SelectedField[];
}

/** Parses a document and resolves everything that does not depend on the variables. */
export function compileDocument(text: string, operationName: string | undefined): CompiledDocument {
  const document = parseDocument(text);
  const operation = chooseOperation(document, operationName);
  if (operation.operation === OperationTypeNode.SUBSCRIPTION)
    throw InvalidRequest.validation('subscriptions are not offered');
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const fields = selectFields(operation.selectionSet, fragments, [], []);
  const variables = operation.variableDefinitions ?? [];
  checkVariablesAreDeclared(fields, new Set(variables.map(({ variable }) => variable.name.value)));
  return { kind: operation.operation, variables, fields };
}

function parseDocument(text: string): DocumentNode {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidRequest({ message, extensions: { code: 'GRAPHQL_PARSE_FAILED' } }, { cause: error });
  }
}

function chooseOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const chosen = name ? operations.filter((operation) => operation.name?.value === name) : operations;
  const [operation, ...others] = chosen;
  if (!operation)
    throw InvalidRequest.validation(name ? `operation ${name} not found` : 'no operation provided');
  if (others.length > 0) throw InvalidRequest.validation('operationName is needed to choose an operation');
  return operation;
}

function selectFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  conditions: readonly Condition[],
  spreads: readonly string[],
): SelectedField[] {
  const fields: SelectedField[] = [];
  for (const selection of selections) {
    const all = [...conditions, ...conditionsOf(selection.directives ?? [])];
    if (selection.kind === Kind.FIELD) {
      // What is below a conditional field is reached only through it, so its conditions need no repeating, except
      // that a merge with an unconditional twin would lose them: hence they are kept on the subfields as well.
      const subfields = selection.selectionSet
        ? selectFields(selection.selectionSet, fragments, all, spreads)
        : null;
      const name = selection.name.value;
      const args = (selection.arguments ?? []).map((arg) => ({ name: arg.name.value, value: arg.value }));
      const when = all.length > 0 ? [all] : null;
      merge(fields, { key: selection.alias?.value ?? name, name, args, when, fields: subfields });
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      for (const field of selectFields(selection.selectionSet, fragments, all, spreads)) merge(fields, field);
    } else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (!fragment) throw InvalidRequest.validation(`Unknown fragment "${name}".`);
      if (spreads.includes(name))
        throw InvalidRequest.validation(`Cannot spread fragment "${name}" within itself.`);
      const inlined = selectFields(fragment.selectionSet, fragments, all, [...spreads, name]);
      for (const field of inlined) merge(fields, field);
    }
  }
  return fields;
}

function conditionsOf(directives: readonly DirectiveNode[]): Condition[] {
  return directives.map(({ name, arguments: args }) => {
    const value = args?.find((arg) => arg.name.value === 'if')?.value;
    if ((name.value !== 'skip' && name.value !== 'include') || !value) {
      throw InvalidRequest.validation(`Unknown directive "@${name.value}".`);
    }
    return { value, wanted: name.value === 'include' };
  });
}

function merge(fields: SelectedField[], added: SelectedField): void {
  const twin = fields.find(({ key }) => key === added.key);
  if (!twin) {
    fields.push(added);
    return;
  }
  const isSameField = twin.name === added.name && JSON.stringify(twin.args) === JSON.stringify(added.args);
  if (!isSameField || (twin.fields === null) !== (added.fields === null)) {
    throw InvalidRequest.validation(`Fields "${added.key}" conflict; use different aliases.`);
  }
  twin.when = twin.when && added.when ? [...twin.when, ...added.when] : null;
  for (const subfield of added.fields ?? []) merge(twin.fields ?? [], subfield);
}

function checkVariablesAreDeclared(fields: readonly SelectedField[], declared: ReadonlySet<string>): void {
  const check = (value: ValueNode): void => {
    if (value.kind === Kind.VARIABLE && !declared.has(value.name.value)) {
      throw InvalidRequest.validation(`Variable "$${value.name.value}" is not defined.`);
    }
    if (value.kind === Kind.LIST) value.values.forEach(check);
    if (value.kind === Kind.OBJECT) for (const field of value.fields) check(field.value);
  };
  for (const { args, when, fields: subfields } of fields) {
    for (const { value } of args) check(value);
    for (const { value } of when?.flat() ?? []) check(value);
    checkVariablesAreDeclared(subfields ?? [], declared);
  }
}
