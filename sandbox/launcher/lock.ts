import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readPid } from '../services/managed-process.js';
import { runs } from '../services/process-table.js';
import { SetupProblem } from '../services/setup-problem.js';

/**
 * Takes the lock of a folder for this process and gives the function that releases it. A lock whose process is
 * gone, or is no process of ours by now, is taken over.
 */
export function takeLock(file: string, marker: string): () => void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${process.pid}\n`, { mode: 0o600 });
  try {
    while (!linked(draft, file)) {
      const holder = readPid(file);
      if (holder !== undefined && runs(holder, marker)) {
        throw new SetupProblem(
          `Sitewright is already running here (process ${holder}); stop that one first.`,
        );
      }
      discardStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readPid(file) === process.pid) rmSync(file, { force: true });
  };
}

/** A link appears with its content or not at all, so nobody ever reads half a lock. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function discardStale(file: string, holder: number | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    // Another process discarded it at the same moment; who links first has the lock.
    return;
  }
  // Another process may have taken the lock since it was read: what was moved aside is then put back.
  if (readPid(aside) !== holder) linked(aside, file);
  rmSync(aside, { force: true });
}
