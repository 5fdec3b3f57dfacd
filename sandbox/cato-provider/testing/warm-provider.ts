import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface WarmProvider {
  /** The value of TF_REATTACH_PROVIDERS. */
  readonly reattach: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

const REATTACH_LINE = /TF_REATTACH_PROVIDERS='(.+)'/;

/** Starts the provider the way its `-debug` flag offers and waits for the line that tells how to reach it. */
export async function startWarmProvider(binary: string, env: Record<string, string>): Promise<WarmProvider> {
  const child = spawn(binary, ['-debug'], { env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const reattach = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = REATTACH_LINE.exec(output);
      if (line?.[1]) resolve(line[1]);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the provider ended with ${code} before it was ready`)));
  });
  return {
    reattach,
    process: child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
