import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Memory } from '../../sandbox/services/memory.js';
import { ensurePostgres, type Postgres } from '../../sandbox/services/postgres.js';
import { runs } from '../../sandbox/services/process-table.js';
import { ensureRabbitmq } from '../../sandbox/services/rabbitmq.js';

let folder: string;
let servers: Postgres[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sitewright-stores-'));
  // The database's user must be able to pass through here.
  chmodSync(folder, 0o711);
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const dataDirectory = () => join(folder, 'postgres', 'data');

async function start(): Promise<Postgres> {
  const memory = new Memory(join(folder, 'settings.json'), { portOffset: 7000 });
  const server = await ensurePostgres({ directory: join(folder, 'postgres'), memory, durable: false });
  servers.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('ensurePostgres', () => {
  it('finds the data of an earlier start', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('ends a server that an earlier start left running, without losing what it held', async () => {
    const left = await start();
    await query(left.url, 'create table kept as select 42 as answer');
    const next = await start();
    expect(runs(left.process?.pid ?? 0, dataDirectory())).toBe(false);
    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('starts over a stale postmaster.pid whose number is that of another program by now', async () => {
    await (await start()).stop();
    const stale = [process.ppid, dataDirectory(), 0, 5432, '', '127.0.0.1', '', 'ready'].join('\n');
    writeFileSync(join(dataDirectory(), 'postmaster.pid'), stale);
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('leaves a port to the program that has it', async () => {
    const { port } = new URL((await start()).url);
    await servers.pop()?.stop();
    const other = createServer();
    await new Promise<void>((listening) => {
      other.listen(Number(port), '127.0.0.1', listening);
    });
    const server = await start();
    expect(new URL(server.url).port).not.toBe(port);
    await new Promise<void>((closed) => void other.close(() => closed()));
  });

  it('says which server cannot be reached', async () => {
    const memory = new Memory(join(folder, 'settings.json'));
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/nothing';
    await expect(ensurePostgres({ databaseUrl, directory: folder, memory })).rejects.toThrow(
      /DATABASE_URL cannot be reached/,
    );
  });
});

describe('ensureRabbitmq', () => {
  it('uses a broker that is given as it is, with its own credentials for the management API', async () => {
    const memory = new Memory(join(folder, 'settings.json'));
    const given = { directory: folder, path: '', memory, amqpUrl: 'amqp://me:secret@broker:5672' };
    expect(await ensureRabbitmq(given)).toMatchObject({
      url: 'amqp://me:secret@broker:5672',
      managementUrl: 'http://me:secret@broker:15672/',
      isOurs: false,
    });
  });
});
