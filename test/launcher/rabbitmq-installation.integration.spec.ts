import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstallationTools, installRabbitmq } from '../../sandbox/services/rabbitmq-installation.js';

let folder: string;
let executed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sitewright-installation-'));
  executed = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function putPrograms(): void {
  for (const program of ['rabbitmq-server', 'epmd'])
    writeFileSync(join(folder, program), '', { mode: 0o755 });
}

/** A Debian machine, whose package manager puts the programs into our folder. */
const debian = (changes: Partial<InstallationTools> = {}): InstallationTools => ({
  machine: { platform: 'linux', isRoot: true, has: (command) => command === 'apt-get' },
  hasSystemd: true,
  hasNameServer: () => Promise.resolve(false),
  execute: (command, args) => {
    executed.push([command, ...args].join(' '));
    if (args.includes('install')) putPrograms();
    return Promise.resolve();
  },
  ...changes,
});
const install = (tools: InstallationTools) => installRabbitmq([folder], () => undefined, tools);

describe('installRabbitmq', () => {
  it('touches nothing where RabbitMQ is there already', async () => {
    putPrograms();
    expect(await install(debian())).toEqual({
      server: join(folder, 'rabbitmq-server'),
      epmd: join(folder, 'epmd'),
    });
    expect(executed).toEqual([]);
  });

  it('stops the broker and the name server that its own installation has started', async () => {
    await install(debian());
    expect(executed.slice(2)).toEqual([
      'systemctl disable --now rabbitmq-server',
      `${join(folder, 'epmd')} -kill`,
    ]);
  });

  it('stops it by its script where there is no systemd', async () => {
    await install(debian({ hasSystemd: false }));
    expect(executed[2]).toBe('/etc/init.d/rabbitmq-server stop');
  });

  it('leaves a name server alone that was there before', async () => {
    await install(debian({ hasNameServer: () => Promise.resolve(true) }));
    expect(executed.filter((line) => line.includes('epmd'))).toEqual([]);
  });

  it('names the choices where it cannot be installed', async () => {
    const tools = debian({ machine: { platform: 'linux', isRoot: false, has: () => false } });
    await expect(install(tools)).rejects.toThrow(/AMQP_URL.*apt-get install.*docker compose up/);
  });

  it('names the choices, and what the package manager said, when the installation fails', async () => {
    const refusal = Object.assign(new Error('exit code 100'), { stderr: 'E: no network' });
    const tools = debian({ execute: () => Promise.reject(refusal) });
    await expect(install(tools)).rejects.toMatchObject({
      message: expect.stringMatching(/apt-get update.*failed.*AMQP_URL/),
      detail: 'E: no network',
    });
  });
});
