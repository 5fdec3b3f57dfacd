import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { runs, signalProcess } from './process-table.js';
import { SetupProblem } from './setup-problem.js';
import { waitFor } from './wait-for.js';

export interface ProcessOptions {
  /** As messages name it. */
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Holds the process number while it runs, so that a later start recognises what an earlier one left. */
  pidFile: string;
  logFile: string;
  /** Part of the command line that tells this process from any other. */
  marker: string;
  cwd?: string;
  owner?: { uid: number; gid: number } | undefined;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StopOptions {
  signal: NodeJS.Signals;
  graceMs: number;
  /** The process to ask, where the one that we started is only its keeper. */
  pid?: number | undefined;
  /** Ends the grace early. */
  hurry?: AbortSignal | undefined;
  /** What follows when the grace was ended early; without it the process is killed. */
  hurried?: StopOptions;
}

/** A process that we started, in a session of its own: a terminal's Ctrl-C does not reach it. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  exit(): Exit | undefined;
  /** Asks it to end, and kills its whole group if it has not when the grace is over. */
  stop(options: StopOptions): Promise<Exit>;
}

export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  for (const file of [options.pidFile, options.logFile]) mkdirSync(dirname(file), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...options.owner,
  });
  closeSync(log);
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      rmSync(options.pidFile, { force: true });
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new SetupProblem(`${options.name} could not be started: ${cause.message}`, { cause }));
    });
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.name} has no process number`);
  writeFileSync(options.pidFile, String(pid), { mode: 0o600 });
  const stop = async (how: StopOptions): Promise<Exit> => {
    if (!exit) signalProcess(how.pid ?? pid, how.signal);
    await settledWithin(exited, how.graceMs, how.hurry);
    if (!exit && how.hurry?.aborted && how.hurried) return stop(how.hurried);
    if (!exit) signalProcess(-pid, 'SIGKILL');
    return exited;
  };
  return { name: options.name, pid, exited, exit: () => exit, stop };
}

/** Ends what an earlier start left behind under this pid file, if it still runs. */
export async function endLeftover(pidFile: string, marker: string, options: StopOptions): Promise<boolean> {
  const pid = readPid(pidFile);
  if (pid === undefined) return false;
  const found = runs(pid, marker);
  if (found) {
    signalProcess(pid, options.signal);
    const gone = () => !runs(pid, marker);
    await waitFor(gone, { what: 'stopping', timeoutMs: options.graceMs }).catch(() => {
      signalProcess(pid, 'SIGKILL');
    });
    await waitFor(gone, { what: `ending process ${pid}`, timeoutMs: 5000 });
  }
  rmSync(pidFile, { force: true });
  return found;
}

/** The process number in the first line of a file, if there is one. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function settledWithin(done: Promise<unknown>, ms: number, hurry?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const finish = () => {
      clearTimeout(timer);
      hurry?.removeEventListener('abort', finish);
      resolve();
    };
    hurry?.addEventListener('abort', finish);
    if (hurry?.aborted) finish();
    void done.then(finish);
  });
}
