import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Memory } from '../../sandbox/services/memory.js';
import { nextFreePort } from '../../sandbox/services/ports.js';
import { ensureTerraform } from '../../sandbox/services/terraform.js';
import { zipArchive } from '../../sandbox/services/testing/zip-archive.js';

let folder: string;
const servers: { close: (done: () => void) => unknown }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sitewright-files-'));
});

afterEach(async () => {
  const closing = servers.splice(0).map((server) => new Promise<void>((done) => void server.close(done)));
  await Promise.all(closing);
  rmSync(folder, { recursive: true, force: true });
});

async function takenPort(): Promise<number> {
  const server = createTcpServer();
  servers.push(server);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return portOf(server.address());
}

function portOf(address: ReturnType<Server['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}

describe('ports', () => {
  it('passes over a port that is taken, and those that are not wanted', async () => {
    const taken = await takenPort();
    const next = await nextFreePort(taken);
    expect(next).toBeGreaterThan(taken);
    expect(await nextFreePort(taken, new Set([next]))).toBeGreaterThan(next);
  });
});

const settings = () => join(folder, 'settings.json');

describe('Memory', () => {
  it('finds secrets again, in a file for its owner only', () => {
    const secret = new Memory(settings()).secret('key');
    expect(new Memory(settings()).secret('key')).toBe(secret);
    expect(statSync(settings()).mode & 0o777).toBe(0o600);
  });

  it('gives two names two ports, also when both are asked for at once', async () => {
    const memory = new Memory(settings());
    const wished = await nextFreePort(20_000);
    const [one, other] = await Promise.all([memory.port('one', wished), memory.port('other', wished)]);
    expect(one).not.toBe(other);
    expect(await new Memory(settings()).port('other', wished)).toBe(other);
  });

  it('chooses another port when the remembered one is taken', async () => {
    const taken = await takenPort();
    writeFileSync(settings(), JSON.stringify({ ports: { api: taken } }));
    expect(await new Memory(settings()).port('api', taken)).not.toBe(taken);
  });

  it('does not begin afresh over a file that it cannot read', () => {
    writeFileSync(settings(), '{ "secrets": ');
    expect(() => new Memory(settings())).toThrow(/settings\.json cannot be read/);
  });
});

const VERSION_SCRIPT = (version: string) =>
  `#!/bin/sh\necho '{"terraform_version":"${version}","platform":"linux_amd64"}'\n`;

const options = () => ({ path: join(folder, 'bin'), cacheDirectory: join(folder, 'cache') });

function binary(name: string, version: string): string {
  const file = join(folder, name);
  writeFileSync(file, VERSION_SCRIPT(version), { mode: 0o755 });
  return file;
}

/** A release server; `tamper` is what goes wrong on the way. */
async function releases(tamper: (archive: Buffer) => Buffer = (archive) => archive): Promise<string> {
  const content = Buffer.from(VERSION_SCRIPT('1.11.4'));
  const archive = zipArchive([{ name: 'terraform', content, packed: deflateRawSync }]);
  const sum = createHash('sha256').update(archive).digest('hex');
  const server = createServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    if (name.endsWith('.zip')) response.end(tamper(archive));
    else response.end(`${'0'.repeat(64)}  another.zip\n${sum}  terraform_1.11.4_linux_amd64.zip\n`);
  });
  servers.push(server);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return `http://127.0.0.1:${portOf(server.address())}`;
}
const linux = { platform: 'linux', architecture: 'x64' } as const;

describe('ensureTerraform', () => {
  it('uses the binary that is given', async () => {
    const terraformBin = binary('given', '1.9.0');
    expect(await ensureTerraform({ ...options(), terraformBin })).toMatchObject({
      bin: terraformBin,
      version: '1.9.0',
    });
  });

  it('refuses a given binary that is too old', async () => {
    const terraformBin = binary('given', '1.4.9');
    await expect(ensureTerraform({ ...options(), terraformBin })).rejects.toThrow(/1\.4\.9.*1\.5/);
  });

  it('passes over what is too old on PATH', async () => {
    const old = binary('terraform', '1.3.0');
    const tofu = binary('tofu', '1.8.2');
    const said: string[] = [];
    const found = await ensureTerraform({ ...options(), path: folder, say: (line) => said.push(line) });
    expect(found.bin).toBe(tofu);
    expect(said).toEqual([`${old} is version 1.3.0, which is too old`]);
  });

  it('downloads the pinned release once where there is none', async () => {
    const releasesUrl = await releases();
    const first = await ensureTerraform({ ...options(), ...linux, releasesUrl });
    expect(first).toMatchObject({ version: '1.11.4' });
    expect(readFileSync(first.bin, 'utf8')).toBe(VERSION_SCRIPT('1.11.4'));
    const again = await ensureTerraform({ ...options(), ...linux, releasesUrl: 'http://127.0.0.1:1' });
    expect(again.bin).toBe(first.bin);
  });

  it('refuses a download that is not what the release says', async () => {
    const releasesUrl = await releases((archive) => Buffer.concat([archive, Buffer.from('!')]));
    await expect(ensureTerraform({ ...options(), ...linux, releasesUrl })).rejects.toThrow(/SHA-256/);
  });

  it('names the choices when there is no download', async () => {
    const offline = ensureTerraform({ ...options(), ...linux, releasesUrl: 'http://127.0.0.1:1' });
    await expect(offline).rejects.toThrow(
      /could not be downloaded.*install Terraform or OpenTofu.*TERRAFORM_BIN/,
    );
  });
});
