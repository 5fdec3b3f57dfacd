import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { logTail } from '../services/log-tail.js';
import { type Exit, type ManagedProcess, endLeftover, startProcess } from '../services/managed-process.js';
import { SetupProblem } from '../services/setup-problem.js';
import { waitFor } from '../services/wait-for.js';
import type { Home } from './home.js';
import type { Interruption } from './interruption.js';

export interface ServiceOptions {
  name: string;
  /** The built file, by its full path: also what tells its process from others. */
  entry: string;
  env: NodeJS.ProcessEnv;
  home: Pick<Home, 'logs' | 'pids'>;
  interruption: Interruption;
  /** How long it may take to finish what it does when it is asked to stop. */
  graceMs: number;
  isReady: (logFile: string) => Promise<boolean>;
  say: (line: string) => void;
}

export interface Service {
  readonly name: string;
  stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
/** What ends sooner than this after it was started again is broken, and another start would not help. */
const SHORTEST_LIFE_MS = 10_000;
/** After a second Ctrl-C: long enough for a Terraform run that was interrupted to save its state. */
const HURRIED_GRACE_MS = 75_000;

export const logFileOf = (home: Pick<Home, 'logs'>, name: string): string => join(home.logs, `${name}.log`);

/** Ends what an earlier start, killed before it could clean up, left running under this name. */
export async function endEarlierService(
  home: Pick<Home, 'pids'>,
  name: string,
  entry: string,
): Promise<void> {
  await endLeftover(pidFileOf(home, name), entry, { signal: 'SIGTERM', graceMs: HURRIED_GRACE_MS });
}

/** Starts a service and waits until it is ready. Should it end unasked later, that is said and it starts again. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, home } = options;
  keepPreviousLog(logFileOf(home, name));
  const service = new RestartedService(options);
  await service.start();
  return service;
}

class RestartedService implements Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  #process: ManagedProcess | undefined;
  #restart: Promise<void> = Promise.resolve();
  #wasRestarted = false;
  #isStopping = false;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { name, home, entry, env, interruption, isReady } = this.#options;
    const logFile = logFileOf(home, name);
    const startedAt = performance.now();
    const started = await startProcess({
      name,
      command: process.execPath,
      args: ['--enable-source-maps', entry],
      env,
      pidFile: pidFileOf(home, name),
      logFile,
      marker: entry,
    });
    this.#process = started;
    try {
      await waitFor(
        async () => {
          const exit = started.exit();
          if (exit) throw failedStart(name, exit, logFile);
          return isReady(logFile);
        },
        {
          what: `the start of ${name} (log in ${logFile})`,
          timeoutMs: START_TIMEOUT_MS,
          signal: interruption.stop,
        },
      );
    } catch (error) {
      await this.#stopProcess();
      throw error;
    }
    void this.#restartAfter(started, startedAt);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#restart;
    await this.#stopProcess();
  }

  async #stopProcess(): Promise<void> {
    const { graceMs, interruption } = this.#options;
    await this.#process?.stop({
      signal: 'SIGTERM',
      graceMs,
      hurry: AbortSignal.any([interruption.hurry, interruption.kill]),
      // A service that is asked again shortens its own grace; it is never killed in the middle of a save.
      hurried: { signal: 'SIGTERM', graceMs: HURRIED_GRACE_MS, hurry: interruption.kill },
    });
  }

  async #restartAfter(started: ManagedProcess, startedAt: number): Promise<void> {
    const exit = await started.exited;
    if (!this.#isStopping) this.#restart = this.#ended(exit, performance.now() - startedAt);
  }

  async #ended(exit: Exit, lifeMs: number): Promise<void> {
    const { name, home, say } = this.#options;
    const isBroken = this.#wasRestarted && lifeMs < SHORTEST_LIFE_MS;
    this.#wasRestarted = true;
    const next = isBroken ? 'It stays down.' : 'Starting it again.';
    say(`${name} ${describe(exit)}. ${next}\n${logTail(logFileOf(home, name))}`);
    if (isBroken) return;
    try {
      await this.start();
      say(`${name} is ready again.`);
    } catch (error) {
      if (!this.#isStopping) say(error instanceof Error ? error.message : String(error));
    }
  }
}

const failedStart = (name: string, exit: Exit, logFile: string): SetupProblem =>
  new SetupProblem(`${name} ${describe(exit)} while it started`, { detail: logTail(logFile) });

const pidFileOf = (home: Pick<Home, 'pids'>, name: string): string => join(home.pids, `${name}.pid`);

const describe = ({ code, signal }: Exit): string =>
  signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;

function keepPreviousLog(logFile: string): void {
  try {
    renameSync(logFile, `${logFile}.previous`);
  } catch {
    // The first start has none.
  }
}
