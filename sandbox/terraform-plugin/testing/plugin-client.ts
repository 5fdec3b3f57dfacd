import { join } from 'node:path';

import type { ChannelCredentials, ServiceError } from '@grpc/grpc-js';
import { Client, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import type { Value } from '../values.js';
import { decodeValue, encodeValue } from '../values.js';

export interface DynamicValue {
  readonly msgpack: Uint8Array;
}

type Answer = Record<string, unknown>;

/**
 * Calls a provider the way Terraform does, with a gRPC library and a protocol definition that share no code with
 * the server under test.
 */
export class PluginClient {
  readonly #client: Client;

  constructor(address: string, credentials: ChannelCredentials, serverName?: string) {
    const options = {
      // A connection of its own, as every Terraform run has.
      'grpc.use_local_subchannel_pool': 1,
      ...(serverName && { 'grpc.ssl_target_name_override': serverName }),
    };
    this.#client = new (providerClient())(address, credentials, options);
  }

  call(method: string, request: Answer = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: Answer): void =>
        error ? reject(error) : resolve(answer ?? {});
      const stub = Reflect.get(this.#client, method) as (request: Answer, callback: typeof done) => void;
      stub.call(this.#client, request, done);
    });
  }

  close(): void {
    this.#client.close();
  }
}

export function dynamic(value: Value): DynamicValue {
  return { msgpack: Buffer.from(encodeValue(value)) };
}

export function valueOf(answer: unknown): Value {
  return decodeValue((answer as DynamicValue).msgpack);
}

function providerClient(): typeof Client {
  const definition = loadSync(join(import.meta.dirname, 'tfplugin6.proto'), {
    keepCase: true,
    defaults: true,
    enums: String,
  });
  const { tfplugin6 } = loadPackageDefinition(definition) as unknown as {
    tfplugin6: { Provider: typeof Client };
  };
  return tfplugin6.Provider;
}
