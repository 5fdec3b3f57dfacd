import type { Value } from './values.js';
import { MessageWriter } from './wire.js';

export type PrimitiveType = 'string' | 'number' | 'bool';

/** What an attribute holds: a plain type, a list of one, or further attributes. */
export type AttributeType =
  | PrimitiveType
  | readonly ['list', PrimitiveType]
  | { readonly nesting: 'single' | 'list'; readonly attributes: Attributes };

export interface Attribute {
  readonly type: AttributeType;
  readonly description?: string;
  readonly required?: true;
  readonly optional?: true;
  readonly computed?: true;
  readonly sensitive?: true;
  /** Planned when the configuration leaves the attribute out. */
  readonly default?: Value;
  /** A computed value that never changes once known: a plan keeps it instead of showing it as unknown. */
  readonly stable?: true;
  readonly oneOf?: readonly string[];
  readonly atLeast?: number;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export interface NestedType {
  readonly nesting: 'single' | 'list';
  readonly attributes: Attributes;
}

export function nestedType(attribute: Attribute): NestedType | undefined {
  const { type } = attribute;
  return typeof type === 'object' && 'nesting' in type ? type : undefined;
}

const OBJECT_NESTING = { single: 1, list: 2 } as const;

/** The `Schema` message of the plugin protocol. */
export function encodeSchema(attributes: Attributes): MessageWriter {
  const block = new MessageWriter();
  for (const [name, attribute] of sorted(attributes)) block.message(2, encodeAttribute(name, attribute));
  return new MessageWriter().message(2, block);
}

function encodeAttribute(name: string, attribute: Attribute): MessageWriter {
  const nested = nestedType(attribute);
  const message = new MessageWriter()
    .string(1, name)
    .string(3, attribute.description)
    .bool(4, attribute.required)
    .bool(5, attribute.optional)
    .bool(6, attribute.computed)
    .bool(7, attribute.sensitive);
  if (!nested) return message.bytes(2, Buffer.from(JSON.stringify(attribute.type)));
  const object = new MessageWriter();
  for (const [innerName, inner] of sorted(nested.attributes))
    object.message(1, encodeAttribute(innerName, inner));
  return message.message(10, object.int(3, OBJECT_NESTING[nested.nesting]));
}

function sorted(attributes: Attributes): [string, Attribute][] {
  return Object.entries(attributes).toSorted(([left], [right]) => (left < right ? -1 : 1));
}
