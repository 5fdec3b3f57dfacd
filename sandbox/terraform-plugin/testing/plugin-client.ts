import { join } from 'node:path';

import type { ChannelCredentials } from '@grpc/grpc-js';
import { Client } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';

import type { Value } from '../values.js';
import { decodeValue, encodeValue } from '../values.js';

/** Answers as proto-loader makes them of the definition beside this file; bytes are buffers. */
export interface PluginAnswer {
  readonly diagnostics?: readonly unknown[];
  readonly new_state?: DynamicValue;
  readonly planned_state?: DynamicValue;
  readonly planned_private?: Uint8Array;
  readonly upgraded_state?: DynamicValue;
  readonly imported_resources?: readonly { readonly state: DynamicValue }[];
}

export interface DynamicValue {
  readonly msgpack: Uint8Array;
}

/**
 * Calls a provider the way Terraform does, with a gRPC library and a protocol definition that share no code with
 * the server under test.
 */
export class PluginClient {
  readonly #client: Client;
  readonly #service = providerService();

  constructor(address: string, credentials: ChannelCredentials, serverName?: string) {
    this.#client = new Client(address, credentials, {
      // A connection of its own, as every Terraform run has.
      'grpc.use_local_subchannel_pool': 1,
      ...(serverName && { 'grpc.ssl_target_name_override': serverName }),
    });
  }

  call(name: string, request: object = {}): Promise<PluginAnswer> {
    const method = this.#service[name];
    if (!method) throw new Error(`the protocol definition has no method ${name}`);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<object, PluginAnswer>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        (error, answer) => (error ? reject(error) : resolve(answer ?? {})),
      );
    });
  }

  /** Asks the plugin to end; the message is empty both ways. */
  shutdown(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest('/plugin.GRPCController/Shutdown', noBytes, noBytes, {}, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

export function dynamic(value: Value): DynamicValue {
  return { msgpack: Buffer.from(encodeValue(value)) };
}

export function valueOf(answer: DynamicValue | undefined): Value {
  return answer ? decodeValue(answer.msgpack) : null;
}

function providerService(): ServiceDefinition {
  const definition = loadSync(join(import.meta.dirname, 'tfplugin6.proto'), {
    keepCase: true,
    defaults: true,
    enums: String,
  });
  const service = definition['tfplugin6.Provider'];
  if (!service || !isService(service)) throw new Error('the protocol definition has no provider service');
  return service;
}

function isService(definition: object): definition is ServiceDefinition {
  return 'GetProviderSchema' in definition;
}

function noBytes(): Buffer {
  return Buffer.alloc(0);
}
