import type { Diagnostic } from './diagnostics.js';
import { encodeDiagnostic, errorDiagnostic } from './diagnostics.js';
import { planChange } from './plan.js';
import type { Call, Outcome, Provider, Resource } from './provider.js';
import { stateFromJson } from './raw-state.js';
import { encodeSchema } from './schema.js';
import { validateConfig } from './validate.js';
import type { ObjectValue, Value } from './values.js';
import { decodeValue, encodeValue, isObject } from './values.js';
import { MessageReader, MessageWriter } from './wire.js';

type Handler = (request: MessageReader, signal: AbortSignal) => MessageWriter | Promise<MessageWriter>;

/** Schemas do not change while a process lives, and Terraform asks for them at every start. */
const encodedSchemas = new WeakMap<object, Uint8Array>();

/**
 * The calls of `tfplugin6.Provider` for one connection. A Terraform run has its own connections, so what
 * ConfigureProvider sets (credentials above all) can never be seen by another run.
 */
export class ProviderService<Client> {
  readonly #provider: Provider<Client>;
  #client: Client | undefined;
  #stop = new AbortController();

  readonly #handlers: Readonly<Record<string, Handler>> = {
    ValidateProviderConfig: (request) =>
      diagnosticsAt(2, validateConfig(this.#provider.schema, objectAt(request, 1) ?? {})),
    ValidateResourceConfig: (request) =>
      diagnosticsAt(1, validateConfig(this.#resource(request).schema, objectAt(request, 2) ?? {})),
    UpgradeResourceState: (request) => this.#upgrade(request),
    ConfigureProvider: (request, signal) => this.#configure(request, signal),
    PlanResourceChange: (request) => this.#plan(request),
    ReadResource: (request, signal) => this.#read(request, signal),
    ApplyResourceChange: (request, signal) => this.#apply(request, signal),
    ImportResourceState: (request) => this.#import(request),
    StopProvider: () => this.#cancel(),
  };

  constructor(provider: Provider<Client>) {
    this.#provider = provider;
  }

  call(method: string, message: Buffer, closed: AbortSignal): Promise<Uint8Array> | Uint8Array | undefined {
    if (method === 'GetProviderSchema') return schemaResponse(this.#provider);
    const handler = this.#handlers[method];
    if (!handler) return undefined;
    const answer = handler(new MessageReader(message), AbortSignal.any([closed, this.#stop.signal]));
    return answer instanceof MessageWriter ? answer.finish() : answer.then((writer) => writer.finish());
  }

  #resource(request: MessageReader): Resource<Client> {
    const type = request.string(1);
    const resource = this.#provider.resources[type];
    if (!resource) throw new Error(`unknown resource type ${type}`);
    return resource;
  }

  #upgrade(request: MessageReader): MessageWriter {
    const json = request.message(3)?.bytes(1)?.toString('utf8') ?? 'null';
    return new MessageWriter().message(1, dynamicValue(stateFromJson(this.#resource(request).schema, json)));
  }

  async #configure(request: MessageReader, signal: AbortSignal): Promise<MessageWriter> {
    const { client, diagnostics } = await this.#provider.configure(objectAt(request, 2) ?? {}, signal);
    this.#client = client;
    return diagnosticsAt(1, diagnostics);
  }

  #plan(request: MessageReader): MessageWriter {
    const { schema } = this.#resource(request);
    const proposed = objectAt(request, 3);
    const planned =
      proposed &&
      planChange(schema, { prior: objectAt(request, 2), proposed, config: objectAt(request, 4) ?? {} });
    return new MessageWriter().message(1, dynamicValue(planned)).bytes(3, request.bytes(5));
  }

  async #read(request: MessageReader, signal: AbortSignal): Promise<MessageWriter> {
    const resource = this.#resource(request);
    const state = objectAt(request, 2);
    const outcome = await this.#run(state, signal, (call) =>
      state ? resource.read(call, state) : Promise.resolve({ state: null }),
    );
    return withDiagnostics(
      2,
      outcome.diagnostics,
      new MessageWriter().message(1, dynamicValue(outcome.state)),
    ).bytes(3, request.bytes(3));
  }

  async #apply(request: MessageReader, signal: AbortSignal): Promise<MessageWriter> {
    const resource = this.#resource(request);
    const prior = objectAt(request, 2);
    const planned = objectAt(request, 3);
    const outcome = await this.#run(prior, signal, (call) => {
      if (!planned) return prior ? resource.delete(call, prior) : Promise.resolve({ state: null });
      return prior ? resource.update(call, planned, prior) : resource.create(call, planned);
    });
    const message = new MessageWriter().message(1, dynamicValue(outcome.state)).bytes(2, request.bytes(5));
    return withDiagnostics(3, outcome.diagnostics, message);
  }

  #import(request: MessageReader): MessageWriter {
    const imported = new MessageWriter()
      .string(1, request.string(1))
      .message(2, dynamicValue(this.#resource(request).importState(request.string(2))));
    return new MessageWriter().message(1, imported);
  }

  async #run(
    state: ObjectValue | null,
    signal: AbortSignal,
    action: (call: Call<Client>) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (this.#client === undefined) {
      const diagnostic = errorDiagnostic(
        'Unconfigured provider',
        'The provider was used before it was configured.',
      );
      return { state, diagnostics: [diagnostic] };
    }
    return await action({ client: this.#client, signal });
  }

  #cancel(): MessageWriter {
    this.#stop.abort(new Error('context canceled'));
    this.#stop = new AbortController();
    return new MessageWriter();
  }
}

function schemaResponse<Client>(provider: Provider<Client>): Uint8Array {
  const known = encodedSchemas.get(provider);
  if (known) return known;
  const response = new MessageWriter().message(1, encodeSchema(provider.schema));
  for (const [name, { schema }] of Object.entries(provider.resources)) {
    response.message(2, new MessageWriter().string(1, name).message(2, encodeSchema(schema)));
  }
  // Capabilities as framework providers announce them: plans of a destroy are asked for, schemas may be kept.
  response.message(6, new MessageWriter().bool(1, true).bool(2, true));
  const bytes = response.finish();
  encodedSchemas.set(provider, bytes);
  return bytes;
}

function objectAt(request: MessageReader, field: number): ObjectValue | null {
  const bytes = request.message(field)?.bytes(1);
  const value = bytes ? decodeValue(bytes) : null;
  return isObject(value) ? value : null;
}

function dynamicValue(value: Value): MessageWriter {
  return new MessageWriter().bytes(1, encodeValue(value));
}

function diagnosticsAt(field: number, diagnostics: readonly Diagnostic[]): MessageWriter {
  return withDiagnostics(field, diagnostics, new MessageWriter());
}

function withDiagnostics(
  field: number,
  diagnostics: readonly Diagnostic[] = [],
  message: MessageWriter,
): MessageWriter {
  for (const diagnostic of diagnostics) message.message(field, encodeDiagnostic(diagnostic));
  return message;
}
