import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endEarlierService } from '../../sandbox/launcher/service.js';
import { readPid } from '../../sandbox/services/managed-process.js';
import { commandLine } from '../../sandbox/services/process-table.js';
import { repositoryRoot } from '../../sandbox/services/repository-root.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import {
  createTestDatabase,
  createTestVhost,
  type TestDatabase,
  type TestVhost,
} from '../support/services.js';

const IS_UP = 'Ctrl-C stops everything.';
const entry = join(repositoryRoot(), 'dist', 'sandbox', 'start.js');

let home: string;
let database: TestDatabase;
let vhost: TestVhost;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sitewright-start-'));
  [database, vhost] = await Promise.all([createTestDatabase(), createTestVhost()]);
});

afterAll(async () => {
  for (const name of processNames()) await endEarlierService({ pids: join(home, 'run') }, name, 'dist');
  await Promise.all([database.drop(), vhost.remove()]);
  rmSync(home, { recursive: true, force: true });
});

const processNames = (): string[] =>
  readdirSync(join(home, 'run')).map((file) => file.slice(0, -'.pid'.length));
const processes = (): number[] =>
  processNames().flatMap((name) => readPid(join(home, 'run', `${name}.pid`)) ?? []);

class Start {
  output = '';
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;

  constructor() {
    this.child = spawn(process.execPath, [entry], {
      env: { ...process.env, SITEWRIGHT_HOME: home, DATABASE_URL: database.url, AMQP_URL: vhost.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.exitCode = once(this.child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  }

  async isUp(): Promise<this> {
    const upOrEnded = () => this.output.includes(IS_UP) || this.child.exitCode !== null;
    await waitFor(upOrEnded, { what: 'the start', timeoutMs: 60_000 });
    if (!this.output.includes(IS_UP)) throw new Error(this.output);
    return this;
  }

  async stopped(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.exitCode;
  }
}

it('brings a demo site up, and Ctrl-C ends everything that it started', async () => {
  const start = await new Start().isUp();
  expect(start.output).toContain('Site paris of customer acme was provisioned');
  expect(start.output).toMatch(/"siteId": "\d+"/);
  const started = processes();
  expect(started).toHaveLength(5);
  expect(await start.stopped()).toBe(0);
  expect(started.filter((pid) => commandLine(pid) !== undefined)).toEqual([]);
});

it('finds the data of the day before, and refuses to run twice in one folder', async () => {
  const start = await new Start().isUp();
  expect(start.output).toContain('is unchanged since the last start');
  const second = new Start();
  expect(await second.exitCode).toBe(1);
  expect(second.output).toMatch(
    /^Sitewright is already running here \(process \d+\); stop that one first\.\n$/,
  );
  expect(await start.stopped()).toBe(0);
});

it('clears up what a start that was killed has left behind', async () => {
  const killed = await new Start().isUp();
  const left = processes();
  killed.child.kill('SIGKILL');
  await killed.exitCode;
  expect(left.filter((pid) => commandLine(pid) === undefined)).toEqual([]);
  const start = await new Start().isUp();
  expect(left.filter((pid) => commandLine(pid) !== undefined)).toEqual([]);
  expect(start.output).toContain('is unchanged since the last start');
  expect(await start.stopped()).toBe(0);
});

it('starts a service again that was killed, and shows the end of its log', async () => {
  const start = await new Start().isUp();
  const pid = readPid(join(home, 'run', 'device-programmer.pid')) ?? 0;
  process.kill(pid, 'SIGKILL');
  await waitFor(() => start.output.includes('device-programmer is ready again.'), {
    what: 'the restart',
    timeoutMs: 30_000,
  });
  expect(start.output).toContain('device-programmer was ended by SIGKILL. Starting it again.');
  expect(await start.stopped()).toBe(0);
});
