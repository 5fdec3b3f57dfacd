import { mkdtempSync, rmSync } from 'node:fs';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCertificate } from './certificate.js';
import type { TlsIdentity } from './grpc-server.js';
import { createGrpcServer } from './grpc-server.js';
import { onOwnerGone, onStdinEnd } from './owner-watch.js';
import { openPluginConnection } from './plugin-connection.js';
import type { Provider } from './provider.js';

/** Every Terraform plugin is started with this pair; it proves nothing, it only tells a plugin from a command. */
const MAGIC_COOKIE_KEY = 'TF_PLUGIN_MAGIC_COOKIE';
const MAGIC_COOKIE_VALUE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
const CORE_PROTOCOL = 1;
const PLUGIN_PROTOCOL = 6;
/** Longer than a host waits for a plugin to start; whoever has not called by then never will. */
const FIRST_CALL_TIMEOUT_MS = 90_000;
/** Socket paths of 108 bytes and more are refused by the kernel. */
const MAX_SOCKET_PATH = 100;

export interface PluginEnvironment {
  readonly [name: string]: string | undefined;
}

/** Runs the plugin the way its arguments ask for and returns when it listens. */
export async function servePlugin<Client>(
  provider: Provider<Client>,
  args: readonly string[],
  env: PluginEnvironment,
): Promise<void> {
  if (args.some((arg) => /^--?debug(=true)?$/.test(arg))) {
    await serveUnmanaged(provider);
  } else if (env[MAGIC_COOKIE_KEY] === MAGIC_COOKIE_VALUE) {
    await serveManaged(provider, env);
  } else {
    process.stderr.write(
      'This binary is a plugin. These are not meant to be executed directly.\n' +
        'Please execute the program that consumes these plugins, which will\n' +
        'load any plugins automatically\n',
    );
    process.exitCode = 1;
  }
}

/**
 * Started by Terraform, used by one run, ended by it. Stdin is Terraform's own and is left alone: it may be a
 * pipe that Terraform reads, or /dev/null.
 */
async function serveManaged<Client>(provider: Provider<Client>, env: PluginEnvironment): Promise<void> {
  // A terminal's Ctrl-C reaches the whole group; Terraform decides how to stop and tells its plugins.
  process.on('SIGINT', () => undefined);
  onOwnerGone(exit);
  const patience = setTimeout(exit, FIRST_CALL_TIMEOUT_MS);
  const clientCert = env['PLUGIN_CLIENT_CERT'];
  const certificate = clientCert ? createCertificate() : undefined;
  const tls: TlsIdentity | undefined = certificate && clientCert ? { ...certificate, clientCert } : undefined;
  const server = createGrpcServer(() => {
    clearTimeout(patience);
    return openPluginConnection(provider, exit);
  }, tls);
  await listen(server, { host: '127.0.0.1', port: 0 });
  const fields = [
    CORE_PROTOCOL,
    PLUGIN_PROTOCOL,
    'tcp',
    `127.0.0.1:${portOf(server)}`,
    'grpc',
    ...(certificate ? [certificate.handshake] : []),
  ];
  process.stdout.write(`${fields.join('|')}\n`);
}

/** Started by somebody else, shared by many runs one after another; found through TF_REATTACH_PROVIDERS. */
async function serveUnmanaged<Client>(provider: Provider<Client>): Promise<void> {
  const folder = mkdtempSync(join(socketRoot(), 'tf-plugin-'));
  const stop = (): never => {
    rmSync(folder, { recursive: true, force: true });
    return exit();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  onOwnerGone(stop);
  onStdinEnd(stop);
  const server = createGrpcServer(() => openPluginConnection(provider, stop));
  const path = join(folder, 'provider.sock');
  await listen(server, { path });
  const reattach = {
    [provider.address]: {
      Protocol: 'grpc',
      ProtocolVersion: PLUGIN_PROTOCOL,
      Pid: process.pid,
      Test: true,
      Addr: { Network: 'unix', String: path },
    },
  };
  process.stdout.write(
    'Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:\n\n' +
      `\tTF_REATTACH_PROVIDERS='${JSON.stringify(reattach)}'\n\n`,
  );
}

function socketRoot(): string {
  const root = tmpdir();
  return root.length + '/tf-plugin-xxxxxx/provider.sock'.length <= MAX_SOCKET_PATH ? root : '/tmp';
}

function listen(
  server: Http2Server | Http2SecureServer,
  address: { host: string; port: number } | { path: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
}

function portOf(server: Http2Server | Http2SecureServer): number {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server listens on no port');
  return address.port;
}

function exit(): never {
  process.exit(0);
}
