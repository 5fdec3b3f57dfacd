import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ProcessRequest, SupervisedProcess } from '../../apps/tf-executor/src/terraform/supervisor.js';

export interface Command {
  binary: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  outputFile: string;
  accepted?: readonly number[] | undefined;
}

/** Runs a process to its end. Throws, with the end of its output, when the exit code is none of the accepted ones. */
export async function runToEnd({
  binary,
  args,
  cwd,
  env,
  outputFile,
  accepted = [0],
}: Command): Promise<void> {
  const output = openSync(outputFile, 'a', 0o600);
  let code: number | null;
  try {
    code = await new Promise((resolve, reject) => {
      const child = spawn(binary, args, { cwd, env, stdio: ['ignore', output, output] });
      child.once('error', reject);
      child.once('exit', resolve);
    });
  } finally {
    closeSync(output);
  }
  if (code !== null && accepted.includes(code)) return;
  const tail = (await readFile(outputFile, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`terraform ${args.join(' ')}: exit code ${code}\n${tail}`);
}

/** Starts warm providers for the pool, as children of this process rather than of a supervisor. */
export function spawnProvider(
  { command, args, cwd, env }: ProcessRequest,
  onOutput: (text: string) => void = () => {},
): Promise<SupervisedProcess> {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', onOutput);
  }
  child.stdin.on('error', () => {});
  const end = (): void => {
    child.stdin.end();
    child.kill('SIGTERM');
  };
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      resolve({
        pid: child.pid ?? 0,
        ended: new Promise((ended) => child.once('exit', (code, signal) => ended({ code, signal }))),
        interrupt: end,
        end,
      });
    });
  });
}
