import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '@app/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  FromSupervisor,
  ProcessEnd,
  SpawnRequest,
  SupervisorSettings,
  ToSupervisor,
} from './supervisor-protocol.js';

/** A process could not be started: the supervisor died, or the program is not there. Nothing was run. */
export class ProcessNotStarted extends AppError {
  readonly code = 'TF_INIT_FAILED';
  constructor(reason: string) {
    super(`a process could not be started: ${reason}`, { retryable: true });
  }
}

export type ProcessRequest = Omit<SpawnRequest, 'type' | 'id'>;

/** A process of the supervisor's, as the executor sees it. */
export interface SupervisedProcess {
  pid: number;
  /** Resolves when the process has ended, however it did. Never rejects. */
  ended: Promise<ProcessEnd>;
  /** One SIGINT, then SIGKILL after the grace. Calling it again does nothing. */
  interrupt(graceMs: number): void;
  /** Ends a provider. */
  end(): void;
}

interface Tracked {
  pid: number | undefined;
  onOutput: (text: string) => void;
  started: PromiseWithResolvers<number>;
  ended: PromiseWithResolvers<ProcessEnd>;
}

/** How long an orphaned process may take to notice that its supervisor is gone. */
const ORPHAN_POLL_MS = 50;

/**
 * The executor's end of its supervisor (`supervisor.main.ts`). It is started with the first process and started
 * again when it died.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings;
  readonly #path: string | undefined;
  readonly #onStarted: (pid: number) => Promise<void>;
  #current: Promise<Connection> | undefined;
  #isClosed = false;

  /**
   * @param path the executor's PATH
   * @param onStarted told of every supervisor before it starts anything
   */
  constructor(
    settings: SupervisorSettings,
    path: string | undefined,
    onStarted: (pid: number) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#settings = settings;
    this.#path = path;
    this.#onStarted = onStarted;
  }

  /** The supervisor's process id, once it runs. */
  async start(): Promise<number> {
    return (await this.#connection()).pid;
  }

  /** Starts a process. Rejects when it cannot be started. */
  async spawn(
    request: ProcessRequest,
    onOutput: (text: string) => void = () => {},
  ): Promise<SupervisedProcess> {
    const connection = await this.#connection();
    return connection.spawn(request, onOutput);
  }

  /** Ends the providers and the supervisor. Terraform must have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#current?.catch(() => undefined);
    await connection?.close();
  }

  #connection(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new ProcessNotStarted('the executor is stopping'));
    this.#current ??= this.#open();
    return this.#current;
  }

  async #open(): Promise<Connection> {
    const connection = await Connection.open(this.#settings, this.#path, () => (this.#current = undefined));
    try {
      await this.#onStarted(connection.pid);
      return connection;
    } catch (error) {
      this.#current = undefined;
      void connection.close();
      throw new ProcessNotStarted(error instanceof Error ? error.message : String(error));
    }
  }
}

class Connection {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  readonly #tracked = new Map<number, Tracked>();
  readonly #exited: Promise<void>;
  #nextId = 1;

  static async open(
    settings: SupervisorSettings,
    path: string | undefined,
    onExit: () => void,
  ): Promise<Connection> {
    const compiled = join(import.meta.dirname, 'supervisor.main.js');
    const entry = existsSync(compiled) ? compiled : join(import.meta.dirname, 'supervisor.main.ts');
    const child = fork(entry, [JSON.stringify(settings)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--max-old-space-size=64', '--disable-warning=ExperimentalWarning'],
      // Nothing of the executor's environment but the way to programs: its secrets stay with it.
      env: path === undefined ? {} : { PATH: path },
    });
    const connection = new Connection(child, settings, onExit);
    await connection.#ready.promise;
    return connection;
  }

  readonly #ready = Promise.withResolvers<void>();

  private constructor(child: ChildProcess, settings: SupervisorSettings, onExit: () => void) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#graceMs = settings.graceMs;
    const beat = setInterval(() => this.#tell({ type: 'beat' }), settings.silenceMs / 8);
    beat.unref();
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    const onGone = () => {
      clearInterval(beat);
      onExit();
      this.#ready.reject(new ProcessNotStarted('the supervisor ended'));
      exited.resolve();
      for (const [id, tracked] of this.#tracked) void this.#lost(id, tracked);
    };
    child.once('error', onGone);
    child.once('exit', onGone);
    child.on('message', (message: FromSupervisor) => this.#heard(message));
    // The executor is kept alive by its work, not by this channel.
    child.unref();
    child.channel?.unref();
  }

  async spawn(request: ProcessRequest, onOutput: (text: string) => void): Promise<SupervisedProcess> {
    const id = this.#nextId++;
    const tracked: Tracked = {
      pid: undefined,
      onOutput,
      started: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    this.#tracked.set(id, tracked);
    if (!this.#tell({ type: 'spawn', id, ...request })) {
      this.#tracked.delete(id);
      throw new ProcessNotStarted('the supervisor is gone');
    }
    const pid = await tracked.started.promise;
    return {
      pid,
      ended: tracked.ended.promise,
      interrupt: (graceMs) => void this.#tell({ type: 'interrupt', id, graceMs }),
      end: () => void this.#tell({ type: 'end', id }),
    };
  }

  async close(): Promise<void> {
    this.#tell({ type: 'shutdown' });
    this.#child.channel?.ref();
    this.#child.ref();
    await this.#exited;
  }

  #tell(message: ToSupervisor): boolean {
    if (!this.#child.connected) return false;
    this.#child.send(message, () => {});
    return true;
  }

  #heard(message: FromSupervisor): void {
    if (message.type === 'ready') {
      this.#ready.resolve();
      return;
    }
    const tracked = this.#tracked.get(message.id);
    if (tracked === undefined) return;
    switch (message.type) {
      case 'started':
        tracked.pid = message.pid;
        return tracked.started.resolve(message.pid);
      case 'output':
        return tracked.onOutput(message.text);
      case 'failed':
        this.#tracked.delete(message.id);
        return tracked.started.reject(new ProcessNotStarted(message.message));
      case 'ended':
        this.#tracked.delete(message.id);
        return tracked.ended.resolve({ code: message.code, signal: message.signal });
    }
  }

  /** The supervisor died. Its sentinel interrupts its processes; we wait until they are gone. */
  async #lost(id: number, tracked: Tracked): Promise<void> {
    this.#tracked.delete(id);
    const { pid } = tracked;
    if (pid === undefined) return tracked.started.reject(new ProcessNotStarted('the supervisor ended'));
    const deadline = Date.now() + this.#graceMs;
    while (isRunning(pid) && Date.now() < deadline) await sleep(ORPHAN_POLL_MS);
    if (isRunning(pid)) killGroup(pid);
    tracked.ended.resolve({ isLost: true });
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** An ended process that nobody has waited for yet does not count. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(stat);
  } catch {
    return process.platform !== 'linux';
  }
}
