import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** A reference to a component of the document. */
export const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Numbers that JavaScript sets, not the API. */
const NO_LIMITS: readonly unknown[] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

/** One schema object of Zod's as the document shows it. */
function tidy(schema: JsonSchema, io: 'input' | 'output'): void {
  // A component is known by its key.
  delete schema['id'];
  // Zod spells out its formats as patterns of hundreds of characters.
  if ('format' in schema) delete schema['pattern'];
  if (NO_LIMITS.includes(schema['maximum'])) delete schema['maximum'];
  if (NO_LIMITS.includes(schema['minimum'])) delete schema['minimum'];
  // What we send may grow; what we take is strict.
  if (io === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
}

const JsonObject = z.record(z.string(), z.unknown());

const relocated = (schema: JsonSchema): JsonSchema =>
  JsonObject.parse(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')));

/** A Zod schema for OpenAPI 3.1: itself, and the named ones that it refers to. */
export function openApiSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
): { schema: JsonSchema; definitions: Record<string, JsonSchema> } {
  const {
    $schema: _dialect,
    $defs = {},
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => tidy(jsonSchema, io),
  });
  return {
    schema: relocated(own),
    definitions: Object.fromEntries(Object.entries($defs).map(([name, part]) => [name, relocated(part)])),
  };
}
