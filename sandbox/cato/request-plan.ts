import { isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { compileDocument, type CompiledDocument, type SelectedField } from './graphql/document.js';
import { InvalidRequest } from './graphql/graphql-error.js';

export interface PlannedField {
  selected: SelectedField;
  /** Undefined: the API that is simulated here does not have the field. */
  definition: GraphQLField<unknown, unknown> | undefined;
}

/** One call of an API operation: the field below all namespaces, which is what the vendor's limits count. */
export interface PlannedOperation extends PlannedField {
  /** The operation's name, e.g. `addBgpPeer`. */
  name: string;
  /** The operation in the schema, e.g. `SiteMutations.addBgpPeer`. */
  coordinate: string;
  /** `site(accountId:)` and the like, outermost first. */
  namespaces: readonly PlannedField[];
}

export interface RequestPlan {
  document: CompiledDocument;
  operations: readonly PlannedOperation[];
  /** The operations' names, each once. */
  names: readonly string[];
}

export function planRequest(
  schema: GraphQLSchema,
  text: string,
  operationName: string | undefined,
): RequestPlan {
  const document = compileDocument(text, operationName);
  const root = document.kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  if (!root) throw InvalidRequest.validation(`no ${document.kind} is offered`);
  const operations = planFields(document.fields, root, []);
  const names = new Set(operations.map(({ name }) => name).filter((name) => name !== '__typename'));
  return { document, operations, names: [...names] };
}

function planFields(
  fields: readonly SelectedField[],
  type: GraphQLObjectType,
  namespaces: readonly PlannedField[],
): PlannedOperation[] {
  return fields.flatMap((selected) => {
    const { name } = selected;
    const definition = type.getFields()[name];
    const planned: PlannedField = { selected, definition };
    const below = definition?.type;
    if (!isObjectType(below)) return [{ ...planned, name, coordinate: `${type.name}.${name}`, namespaces }];
    if (!selected.fields)
      throw InvalidRequest.validation(`Field "${name}" must have a selection of subfields.`);
    return planFields(selected.fields, below, [...namespaces, planned]);
  });
}

const CACHE_LIMIT = 1000;

/** Clients send the same few documents again and again; a document is parsed once. */
export class RequestPlans {
  readonly #schema: GraphQLSchema;
  readonly #plans = new Map<string, RequestPlan>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  planFor(text: string, operationName: string | undefined): RequestPlan {
    const key = `${operationName ?? ''}\n${text}`;
    let plan = this.#plans.get(key);
    if (!plan) {
      plan = planRequest(this.#schema, text, operationName);
      if (this.#plans.size >= CACHE_LIMIT) this.#plans.clear();
      this.#plans.set(key, plan);
    }
    return plan;
  }
}
