import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftoverPostgres } from '../../sandbox/services/postgres.js';
import { commandLine } from '../../sandbox/services/process-table.js';
import { endLeftoverRabbitmq } from '../../sandbox/services/rabbitmq.js';

const PREFIX = 'sitewright-test-';

/** The folder of a test run, named after its process. The database's user must be able to pass through it. */
export function newRunDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(directory, 0o711);
  return directory;
}

/** A test run that was killed leaves its database, its broker and its folder behind; the next one clears up. */
export async function removeAbandonedRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^sitewright-test-(\d+)-\w+$/.exec(name) ?? [];
    if (pid === undefined || commandLine(Number(pid)) !== undefined) continue;
    const directory = join(tmpdir(), name);
    await endLeftoverPostgres(join(directory, 'postgres'));
    await endLeftoverRabbitmq(join(directory, 'rabbitmq'));
    rmSync(directory, { recursive: true, force: true });
  }
}
