import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { ProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { installProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { startWarmProvider } from '../../sandbox/cato-provider/testing/warm-provider.js';
import type { Certificate } from '../../sandbox/terraform-plugin/certificate.js';
import { createCertificate } from '../../sandbox/terraform-plugin/certificate.js';
import { dynamic, PluginClient } from '../../sandbox/terraform-plugin/testing/plugin-client.js';
import { TERRAFORM_BIN } from './terraform-workspace.js';

const PATH = process.env['PATH'] ?? '';
const COOKIE = {
  TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
  PLUGIN_PROTOCOL_VERSIONS: '5,6',
};

let home: string;
let mirror: ProviderMirror;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'cato-mirror-'));
  mirror = await installProviderMirror({ directory: home, terraformBin: TERRAFORM_BIN });
});

afterAll(() => rm(home, { recursive: true, force: true }));

const start = async (client: Certificate | undefined) => {
  const child = spawn(mirror.binary, [], {
    env: { PATH, ...COOKIE, ...(client && { PLUGIN_CLIENT_CERT: client.cert }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line = ''] = await once(createInterface(child.stdout), 'line').then((lines) => lines.map(String));
  const [core, protocol, network, address = '', transport, certificate = ''] = line.split('|');
  expect([core, protocol, network, transport]).toEqual(['1', '6', 'tcp', 'grpc']);
  return { child, address, certificate };
};
const secure = (certificate: string, own: Certificate) =>
  credentials.createSsl(
    Buffer.from(new X509Certificate(Buffer.from(certificate, 'base64')).toString()),
    Buffer.from(own.key),
    Buffer.from(own.cert),
  );

describe('the mirror', () => {
  it('is built once, however many ask for it at the same time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cato-mirror-'));
    const options = { directory, terraformBin: TERRAFORM_BIN };
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => installProviderMirror(options)));
    expect(others).toEqual([first, first]);
    expect(await readdir(directory)).toHaveLength(1);

    const binary = first?.binary ?? '';
    const longAgo = new Date(0);
    await utimes(binary, longAgo, longAgo);
    await installProviderMirror(options);
    expect((await stat(binary)).mtime).toEqual(longAgo);
    await rm(directory, { recursive: true, force: true });
  });
});

describe('the provider as Terraform starts it', () => {
  it('talks to the holder of the right certificate alone, outlives SIGINT and ends by Shutdown', async () => {
    const own = createCertificate();
    const { child, address, certificate } = await start(own);
    const ended = once(child, 'exit');
    const stranger = new PluginClient(address, secure(certificate, createCertificate()), 'localhost');
    await expect(stranger.call('GetProviderSchema')).rejects.toMatchObject({ code: status.UNAVAILABLE });
    stranger.close();

    child.kill('SIGINT');
    const client = new PluginClient(address, secure(certificate, own), 'localhost');
    expect(await client.call('GetProviderSchema')).toHaveProperty('resource_schemas.cato_ipsec_site');
    await client.shutdown();
    expect(await ended).toEqual([0, null]);
    client.close();
  });

  it('needs no certificate when it is given none', async () => {
    const { child, address, certificate } = await start(undefined);
    const ended = once(child, 'exit');
    expect(certificate).toBe('');
    const client = new PluginClient(address, credentials.createInsecure());
    const invalid = await client.call('ValidateResourceConfig', {
      type_name: 'cato_bgp_peer',
      config: dynamic({ default_action: 'MAYBE' }),
    });
    expect(invalid.diagnostics).toMatchObject([{ summary: 'Invalid Attribute Value Match' }]);
    await client.shutdown();
    await ended;
    client.close();
  });

  it('ends when the process that started it is gone', async () => {
    const owner = spawn('/bin/sh', ['-c', '"$1" & wait', 'sh', mirror.binary], {
      env: { PATH, ...COOKIE },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    const output = createInterface(owner.stdout).on('line', (line) => lines.push(line));
    // The provider holds the pipe as long as it lives: the end of the pipe is the end of the provider.
    const closed = once(output, 'close');
    await vi.waitFor(() => expect(lines).toContainEqual(expect.stringMatching(/^1\|6\|/)));

    owner.kill('SIGKILL');
    expect(await closed).toEqual([]);
  });

  it('says what it is when somebody else starts it', async () => {
    const child = spawn(mirror.binary, [], { env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
    const [[message], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);
    expect(String(message)).toContain('This binary is a plugin');
    expect(code).toBe(1);
  });
});

describe('the provider that is kept warm', () => {
  it('listens in a folder of its own that nobody else may enter', async () => {
    const warm = await startWarmProvider(mirror.binary, { PATH, TMPDIR: home });
    const [[address, reattach] = []] = Object.entries<ReattachProvider>(JSON.parse(warm.reattach));
    expect(address).toBe('registry.terraform.io/catonetworks/cato');
    expect(reattach).toMatchObject({
      Protocol: 'grpc',
      ProtocolVersion: 6,
      Pid: warm.process.pid,
      Test: true,
      Addr: { Network: 'unix' },
    });
    const folder = dirname(reattach?.Addr.String ?? '');
    expect(dirname(folder)).toBe(home);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await warm.stop();
    await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s', async (signal) => {
    const warm = await startWarmProvider(mirror.binary, { PATH });
    const ended = once(warm.process, 'exit');
    warm.process.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  it('ends when its stdin ends', async () => {
    const warm = await startWarmProvider(mirror.binary, { PATH });
    const ended = once(warm.process, 'exit');
    warm.process.stdin?.end();
    expect(await ended).toEqual([0, null]);
  });
});

interface ReattachProvider {
  readonly Addr: { readonly String: string };
}
