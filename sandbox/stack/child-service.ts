import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { logTail } from '../services/log-tail.js';
import { repositoryRoot } from '../services/repository-root.js';
import { waitFor } from '../services/wait-for.js';

export interface ChildServiceOptions {
  app: 'gateway' | 'tf-executor' | 'device-programmer' | 'drift-scanner';
  /** Tells several of one app apart, in the name of its log. */
  name: string;
  port: number;
  env: NodeJS.ProcessEnv;
  logDirectory: string;
}

/** A built service as a process of its own, which may be killed, frozen and stopped. */
export class ChildService {
  readonly url: string;
  readonly logFile: string;
  private readonly child: ChildProcess;
  private readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(readonly options: ChildServiceOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.logFile = join(options.logDirectory, `${options.name}.log`);
    const log = openSync(this.logFile, 'a');
    this.child = spawn(
      process.execPath,
      ['--enable-source-maps', join(repositoryRoot(), 'dist', 'apps', options.app, 'src', 'main.js')],
      { env: options.env, stdio: ['ignore', log, log], detached: true },
    );
    closeSync(log);
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({ code, signal }));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.options.name} did not start`);
    return pid;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when the service says that it is ready. */
  async ready(timeoutMs = 30_000): Promise<this> {
    await waitFor(
      async () => {
        if (!this.isRunning) throw new Error(`${this.options.name} ended.\n${logTail(this.logFile)}`);
        return (await this.health('ready')) === 200;
      },
      { what: `the start of ${this.options.name}`, timeoutMs },
    );
    return this;
  }

  /** The status of a health endpoint; undefined when nobody answers. */
  async health(which: 'live' | 'ready' | 'startup'): Promise<number | undefined> {
    try {
      const answer = await fetch(`${this.url}/health/${which}`, { signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return undefined;
    }
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** SIGTERM, and how it ended. */
  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (this.isRunning) this.signal('SIGTERM');
    return this.exited;
  }

  async kill(): Promise<void> {
    if (this.isRunning) this.signal('SIGKILL');
    await this.exited;
  }
}
