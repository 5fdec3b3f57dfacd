import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { logTail } from './log-tail.js';
import { type ManagedProcess, endLeftover, startProcess } from './managed-process.js';
import type { Memory } from './memory.js';
import { type PostgresInstallation, installPostgres } from './postgres-binaries.js';
import { startOnFreePorts } from './ports.js';
import { SetupProblem } from './setup-problem.js';
import { waitFor } from './wait-for.js';

export interface PostgresOptions {
  /** Of a server that runs already; it is used as it is. */
  databaseUrl?: string | undefined;
  /** Where our own server keeps its data and its log. */
  directory: string;
  memory: Memory;
  /** Off for data that is thrown away: nothing is forced to the disk then. */
  durable?: boolean;
  signal?: AbortSignal;
}

export interface Postgres {
  url: string;
  /** True if we started it, so that we stop it. */
  isOurs: boolean;
  process?: ManagedProcess;
  stop(): Promise<void>;
}

const USER = 'sitewright';
const WISHED_PORT = 15_432;
const START_TIMEOUT_MS = 60_000;
/** PostgreSQL's fast shutdown: sessions are ended, everything is written. */
const STOP = { signal: 'SIGINT', graceMs: 30_000 } as const;

/** The PostgreSQL at `databaseUrl`, or one of our own in `directory`. */
export async function ensurePostgres(options: PostgresOptions): Promise<Postgres> {
  if (options.databaseUrl !== undefined) {
    await assertReachable(options.databaseUrl);
    return { url: options.databaseUrl, isOurs: false, stop: () => Promise.resolve() };
  }
  mkdirSync(options.directory, { recursive: true });
  const installation = installPostgres(options.directory);
  const { dataDirectory } = installation;
  await endLeftoverServer(dataDirectory);
  const durable = options.durable ?? true;
  // Data outside our folder, whose password was lost with the folder, belongs to nobody any more.
  const isKnown = options.memory.knowsSecret('postgres') && existsSync(join(dataDirectory, 'PG_VERSION'));
  const password = options.memory.secret('postgres');
  if (!isKnown) await initialise(installation, password, durable);
  return startOnFreePorts(
    async () => ({ port: await options.memory.port('postgres', WISHED_PORT) }),
    ({ port }) => startServer(options, installation, port, password),
  );
}

/** Ends the server that a start left behind because it was killed. */
export const endLeftoverPostgres = (directory: string): Promise<void> =>
  endLeftoverServer(installPostgres(directory).dataDirectory);

/** Also clears a stale postmaster.pid whose number another process has by now, which PostgreSQL cannot tell. */
async function endLeftoverServer(dataDirectory: string): Promise<void> {
  await endLeftover(join(dataDirectory, 'postmaster.pid'), dataDirectory, STOP);
}

async function startServer(
  { directory, durable = true, signal }: PostgresOptions,
  { postgres, dataDirectory, owner }: PostgresInstallation,
  port: number,
  password: string,
): Promise<Postgres> {
  const logFile = join(directory, 'postgres.log');
  const process = await startProcess({
    name: 'PostgreSQL',
    command: postgres,
    args: serverArguments(dataDirectory, port, durable),
    cwd: dataDirectory,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    pidFile: join(directory, 'postgres.pid'),
    logFile,
    marker: dataDirectory,
    owner,
  });
  const stop = async () => {
    await process.stop(STOP);
  };
  try {
    const server = connectionUrl(port, password, 'postgres');
    await waitFor(() => answers(server, process, logFile), {
      what: 'the start of PostgreSQL',
      timeoutMs: START_TIMEOUT_MS,
      signal,
    });
    await createDatabaseOnce(server, USER);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: connectionUrl(port, password, USER), isOurs: true, process, stop };
}

function serverArguments(dataDirectory: string, port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '128MB',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataDirectory, '-p', String(port), ...flags];
}

/** Made beside its final place and renamed there: a start that is interrupted leaves no half of a database. */
async function initialise(
  installation: PostgresInstallation,
  password: string,
  durable: boolean,
): Promise<void> {
  const { initdb, dataDirectory, owner } = installation;
  const draft = `${dataDirectory}.new`;
  const passwordFile = `${dataDirectory}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner) for (const path of [draft, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])];
  try {
    await promisify(execFile)(
      initdb,
      [`--pgdata=${draft}`, `--username=${USER}`, `--pwfile=${passwordFile}`, ...flags],
      { ...owner, cwd: draft, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
    );
  } catch (cause) {
    const detail = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new SetupProblem("PostgreSQL's data folder could not be made.", { cause, detail });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(dataDirectory, { recursive: true, force: true });
  renameSync(draft, dataDirectory);
}

async function answers(url: string, process: ManagedProcess, logFile: string): Promise<boolean> {
  if (process.exit())
    throw new SetupProblem('PostgreSQL ended while it started.', { detail: logTail(logFile) });
  return (await connectionError(url)) === undefined;
}

async function assertReachable(url: string): Promise<void> {
  const cause = await connectionError(url);
  if (cause) throw new SetupProblem(`DATABASE_URL cannot be reached: ${cause.message}`, { cause });
}

async function connectionError(url: string): Promise<Error | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // A session that the server ends while we leave is no news.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function createDatabaseOnce(server: string, name: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    const known = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (known.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

function connectionUrl(port: number, password: string, database: string): string {
  return `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
