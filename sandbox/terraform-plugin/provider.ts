import type { Diagnostic } from './diagnostics.js';
import type { Attributes } from './schema.js';
import type { ObjectValue } from './values.js';

/** What a provider is to the plugin library; `Client` is whatever configuring it yields. */
export interface Provider<Client> {
  /** As it stands in `required_providers`, host included. */
  readonly address: string;
  readonly schema: Attributes;
  readonly resources: Readonly<Record<string, Resource<Client>>>;
  configure(config: ObjectValue, signal: AbortSignal): Promise<Configured<Client>>;
}

export interface Configured<Client> {
  readonly client?: Client;
  readonly diagnostics: readonly Diagnostic[];
}

/** A state to keep beside what went wrong. Null: the object does not exist (any more). */
export interface Outcome {
  readonly state: ObjectValue | null;
  readonly diagnostics?: readonly Diagnostic[];
}

export interface Call<Client> {
  readonly client: Client;
  /** Aborted when Terraform asks to stop or goes away. */
  readonly signal: AbortSignal;
}

export interface Resource<Client> {
  readonly schema: Attributes;
  create(call: Call<Client>, planned: ObjectValue): Promise<Outcome>;
  read(call: Call<Client>, state: ObjectValue): Promise<Outcome>;
  update(call: Call<Client>, planned: ObjectValue, prior: ObjectValue): Promise<Outcome>;
  delete(call: Call<Client>, state: ObjectValue): Promise<Outcome>;
  /** The state that `terraform import <id>` starts from; Terraform reads the rest. */
  importState(id: string): ObjectValue;
}
