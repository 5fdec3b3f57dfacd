import type { AppliedObject } from '@app/ledger';
import { FileFollower } from './file-follower.js';
import { TerraformStream, type StreamSummary } from './stream.js';
import type { ProcessEnd } from './supervisor-protocol.js';
import type { Supervisor } from './supervisor.js';

export interface TerraformCall {
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** A file that is not there yet. */
  outputFile: string;
  /** Aborted: one SIGINT, and SIGKILL after the grace. */
  signal: AbortSignal;
  onApplied?: (object: AppliedObject) => void;
}

export interface TerraformResult {
  end: ProcessEnd;
  stream: StreamSummary;
  /** It was told to stop. It may have done its work all the same: the exit code says. */
  wasInterrupted: boolean;
  /** Wall clock in milliseconds: when it was started, and when it had ended. */
  spawnedAt: number;
  endedAt: number;
}

/** Runs Terraform through the supervisor. */
export class Terraform {
  constructor(
    private readonly options: {
      binary: string;
      supervisor: Pick<Supervisor, 'spawn'>;
      /** What Terraform gets between SIGINT and SIGKILL to save its state. */
      graceMs: number;
    },
  ) {}

  async run({ args, cwd, env, outputFile, signal, onApplied }: TerraformCall): Promise<TerraformResult> {
    const { binary, supervisor, graceMs } = this.options;
    signal.throwIfAborted();
    const stream = new TerraformStream(onApplied);
    const follower = new FileFollower(outputFile, (text) => stream.push(text));
    let wasInterrupted = false;
    const spawnedAt = Date.now();
    let end: ProcessEnd;
    try {
      const child = await supervisor.spawn({
        kind: 'terraform',
        command: binary,
        args,
        cwd,
        env,
        outputFile,
      });
      const interrupt = () => {
        wasInterrupted = true;
        child.interrupt(graceMs);
      };
      signal.addEventListener('abort', interrupt, { once: true });
      if (signal.aborted) interrupt();
      end = await child.ended;
      signal.removeEventListener('abort', interrupt);
    } finally {
      follower.finish();
    }
    return { end, stream: stream.end(), wasInterrupted, spawnedAt, endedAt: Date.now() };
  }
}

/** The process did its work. `plan -detailed-exitcode` says by 2 that there are changes. */
export const exitCodeOf = (end: ProcessEnd): number | undefined =>
  'isLost' in end ? undefined : (end.code ?? undefined);
