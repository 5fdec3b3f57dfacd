import {
  Kind,
  print,
  type ObjectValueNode,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { Condition } from './document.js';
import { InvalidRequest } from './graphql-error.js';

export type Variables = Readonly<Record<string, unknown>>;

/** The declared variables with their defaults; what is sent but not declared is ignored. */
export function declaredVariables(
  definitions: readonly VariableDefinitionNode[],
  sent: Variables,
): Variables {
  const variables: Record<string, unknown> = {};
  for (const { variable, type, defaultValue } of definitions) {
    const name = variable.name.value;
    let value = Object.hasOwn(sent, name) ? sent[name] : undefined;
    if (value === undefined && defaultValue) value = valueOf(defaultValue, {});
    if ((value === undefined || value === null) && type.kind === Kind.NON_NULL_TYPE) {
      throw InvalidRequest.validation('cannot be null', ['variable', name]);
    }
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** The plain value of a literal or variable; undefined for a variable that was not sent. */
export function valueOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.LIST:
      return node.values.map((item) => valueOf(item, variables) ?? null);
    case Kind.OBJECT:
      break;
  }
  return objectOf(node, variables);
}

function objectOf(node: ObjectValueNode, variables: Variables): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, value } of node.fields) {
    const fieldValue = valueOf(value, variables);
    if (fieldValue !== undefined) object[name.value] = fieldValue;
  }
  return object;
}

export function isWanted(when: readonly Condition[][] | null, variables: Variables): boolean {
  if (when === null) return true;
  return when.some((conditions) =>
    conditions.every(({ value, wanted }) => (valueOf(value, variables) === true) === wanted),
  );
}

/** The type as a document spells it, without the marks of non-null, which a variable may have in addition. */
export function typeName(type: TypeNode): string {
  return print(type).replaceAll('!', '');
}
