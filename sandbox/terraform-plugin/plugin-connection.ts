import type { Connection } from './grpc-server.js';
import { GrpcError, GrpcStatus } from './grpc-server.js';
import type { Provider } from './provider.js';
import { ProviderService } from './provider-service.js';
import { MessageWriter } from './wire.js';

const EMPTY = new Uint8Array(0);
const SERVING = new MessageWriter().int(1, 1).finish();

/** Streams that a caller leaves open would keep a connection from closing. */
const SHUTDOWN_PATIENCE_MS = 1000;

/** Routes the calls of one connection: the provider's own, and those of the plugin machinery around it. */
export function openPluginConnection<Client>(provider: Provider<Client>, shutdown: () => void): Connection {
  const service = new ProviderService(provider);
  let isEnding = false;
  return {
    get isEnding() {
      return isEnding;
    },
    closed: () => {
      if (isEnding) shutdown();
    },
    call(path, message, signal) {
      const [, grpcService, method = ''] = path.split('/');
      if (grpcService === 'tfplugin6.Provider') return answer(() => service.call(method, message, signal));
      if (grpcService === 'grpc.health.v1.Health') return SERVING;
      if (grpcService === 'plugin.GRPCController') {
        isEnding = true;
        setTimeout(shutdown, SHUTDOWN_PATIENCE_MS).unref();
        return EMPTY;
      }
      // Terraform opens the broker's and the stdio stream too, and does without them when they are refused.
      return undefined;
    },
  };
}

/**
 * An error nobody expected is what a panic is to a real plugin: the caller learns only that the plugin gave no
 * answer, and the reason goes to the plugin's log.
 */
async function answer(run: () => Promise<Uint8Array> | Uint8Array | undefined): Promise<Uint8Array> {
  let result: Uint8Array | undefined;
  try {
    result = await run();
  } catch (error) {
    process.stderr.write(`[ERROR] panic: ${whereIn(error)}\n`);
    throw new GrpcError(GrpcStatus.unavailable, 'error reading from server: EOF', { cause: error });
  }
  if (!result) throw new GrpcError(GrpcStatus.unimplemented, 'unknown method');
  return result;
}

/** Where it went wrong, without the message: that may quote what was being read, pre-shared keys included. */
function whereIn(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join('\n');
}
