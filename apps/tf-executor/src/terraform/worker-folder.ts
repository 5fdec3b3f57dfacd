import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_FILE = 'owner.pid';

/** The folders of one executor process below the shared work directory. */
export interface WorkerFolder {
  path: string;
  /** Prepared modules. */
  modules: string;
  /** One folder per run. */
  runs: string;
  /** The empty home of every child. */
  home: string;
}

/**
 * Makes this process's own folder, 0700.
 * @param ownerPid the process that is there as long as any of its Terraform processes: the supervisor
 */
export async function createWorkerFolder(workDirectory: string, ownerPid: number): Promise<WorkerFolder> {
  const path = join(workDirectory, `executor-${randomUUID()}`);
  const folder = { path, modules: join(path, 'modules'), runs: join(path, 'runs'), home: join(path, 'home') };
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(path, OWNER_FILE), String(ownerPid), { mode: 0o600 });
  for (const part of [folder.modules, folder.runs, folder.home]) await mkdir(part, { mode: 0o700 });
  return folder;
}

/** Folders of executors that are gone, with their Terraform processes. */
export async function abandonedWorkerFolders(workDirectory: string, own: WorkerFolder): Promise<string[]> {
  const names = await readdir(workDirectory).catch(() => []);
  const folders = names
    .filter((name) => name.startsWith('executor-'))
    .map((name) => join(workDirectory, name))
    .filter((path) => path !== own.path);
  const owners = await Promise.all(
    folders.map((path) => readFile(join(path, OWNER_FILE), 'utf8').catch(() => '')),
  );
  return folders.filter((_path, index) => !isSupervisor(Number(owners[index])));
}

/** The run folders of an abandoned executor. */
export async function runFoldersOf(workerFolder: string): Promise<string[]> {
  const runs = join(workerFolder, 'runs');
  return (await readdir(runs).catch(() => [])).map((name) => join(runs, name));
}

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** Process ids are used again: only a supervisor's counts. */
function isSupervisor(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('supervisor.main');
  } catch {
    return false;
  }
}
