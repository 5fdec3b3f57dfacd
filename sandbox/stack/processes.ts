import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { waitFor } from '../services/wait-for.js';

/** What `/proc` says of one process; undefined when it has ended meanwhile. */
function inspect(pid: number): { cwd: string; command: string } | undefined {
  try {
    return {
      cwd: readlinkSync(`/proc/${pid}/cwd`),
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
    };
  } catch {
    return undefined;
  }
}

/** The processes that work in a folder or below it and whose command line holds a text. */
export function processesIn(folder: string, command: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const process = inspect(pid);
      return process !== undefined && process.cwd.startsWith(folder) && process.command.includes(command);
    });
}

export function killAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** Resolves when no such process is left. */
export async function processesGone(folder: string, command: string, timeoutMs: number): Promise<void> {
  await waitFor(() => processesIn(folder, command).length === 0, {
    what: `the end of ${command} in ${folder}`,
    timeoutMs,
  });
}
