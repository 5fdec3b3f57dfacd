import { AppError } from '@app/runtime';
import { z } from 'zod';
import type { ProcessRequest, SupervisedProcess, Supervisor } from './supervisor.js';

/** A warm provider could not be started. No run has begun. */
export class ProviderNotStarted extends AppError {
  readonly code = 'TF_INIT_FAILED';
  constructor(source: string, reason: string) {
    super(`the provider ${source} ${reason}`, { retryable: true });
  }
}

/** A warm provider, for one run at a time. */
export interface ProviderLease {
  /** Value of `TF_REATTACH_PROVIDERS`. */
  reattach: string;
  /** @param isReusable the run ended by itself; after any other the provider's memory cannot be trusted */
  release(isReusable: boolean): void;
}

/** A provider that runs without Terraform having started it: its address and the binary of the mirror. */
export interface ProviderBinary {
  source: string;
  command: string;
}

interface WarmProvider {
  process: SupervisedProcess;
  reattach: string;
  runs: number;
  hasEnded: boolean;
}

const HANDSHAKE = /TF_REATTACH_PROVIDERS='([^']*)'/;
const START_TIMEOUT_MS = 30_000;
const Reattach = z.record(z.string(), z.unknown());

/**
 * Provider processes that outlive a run, because starting one costs more than Terraform itself. There are at most as
 * many as runs at once. A provider is started with nobody's credentials: they come as arguments of each run.
 */
export class ProviderPool {
  readonly #idle = new Map<string, WarmProvider[]>();
  readonly #all = new Set<WarmProvider>();

  constructor(
    private readonly options: {
      supervisor: Pick<Supervisor, 'spawn'>;
      /** A provider serves so many runs, then it is replaced. */
      maxRuns: number;
      cwd: string;
      env: Record<string, string>;
    },
  ) {}

  async lease(binary: ProviderBinary, environment: Readonly<Record<string, string>>): Promise<ProviderLease> {
    const idle = this.#idle.get(binary.source) ?? [];
    this.#idle.set(binary.source, idle);
    let provider = idle.pop();
    while (provider?.hasEnded === true) provider = idle.pop();
    provider ??= await this.#start(binary, environment);
    const leased = provider;
    leased.runs += 1;
    let isReleased = false;
    return {
      reattach: leased.reattach,
      release: (isReusable) => {
        if (isReleased) return;
        isReleased = true;
        if (isReusable && !leased.hasEnded && leased.runs < this.options.maxRuns) idle.push(leased);
        else leased.process.end();
      },
    };
  }

  /** Ends all providers. */
  async close(): Promise<void> {
    for (const provider of this.#all) provider.process.end();
    await Promise.all([...this.#all].map((provider) => provider.process.ended));
  }

  async #forgetWhenEnded(provider: WarmProvider): Promise<void> {
    await provider.process.ended;
    provider.hasEnded = true;
    this.#all.delete(provider);
  }

  async #start(
    { source, command }: ProviderBinary,
    environment: Readonly<Record<string, string>>,
  ): Promise<WarmProvider> {
    const handshake = Promise.withResolvers<string>();
    let output = '';
    const request: ProcessRequest = {
      kind: 'provider',
      command,
      args: ['-debug'],
      cwd: this.options.cwd,
      env: { ...this.options.env, ...environment },
      outputFile: null,
    };
    const process = await this.options.supervisor.spawn(request, (text) => {
      if (output.length > 64 * 1024) return;
      output += text;
      const found = HANDSHAKE.exec(output)?.[1];
      if (found !== undefined) handshake.resolve(found);
    });
    const timer = setTimeout(
      () => handshake.reject(new ProviderNotStarted(source, 'did not say where it listens')),
      START_TIMEOUT_MS,
    );
    void process.ended.then(() => handshake.reject(new ProviderNotStarted(source, 'ended as it started')));
    try {
      const reattach = await handshake.promise;
      Reattach.parse(JSON.parse(reattach));
      const provider: WarmProvider = { process, reattach, runs: 0, hasEnded: false };
      this.#all.add(provider);
      void this.#forgetWhenEnded(provider);
      return provider;
    } catch (error) {
      process.end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
