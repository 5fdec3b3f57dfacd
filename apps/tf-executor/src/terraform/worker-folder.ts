import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The supervisor: it is there as long as any Terraform that it has started. */
const OWNER_FILE = 'owner.pid';
/** The executor itself, which outlives a supervisor that has stopped or died. */
const EXECUTOR_FILE = 'executor.pid';

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

const PARTS = ['modules', 'runs', 'home'];

/** Makes this process's own folder, 0700. It is kept as long as this process lives, or its supervisor. */
export async function createWorkerFolder(
  workDirectory: string,
  supervisorPid: number,
): Promise<WorkerFolder> {
  const name = `executor-${randomUUID()}`;
  // Others see it when it says whose it is: until then they would take it for abandoned.
  const hidden = join(workDirectory, `.${name}`);
  await mkdir(hidden, { recursive: true, mode: 0o700 });
  await Promise.all([
    recordSupervisor({ path: hidden }, supervisorPid),
    writeFile(join(hidden, EXECUTOR_FILE), identityOf(process.pid) ?? '', { mode: 0o600 }),
    ...PARTS.map((part) => mkdir(join(hidden, part), { mode: 0o700 })),
  ]);
  const path = join(workDirectory, name);
  await rename(hidden, path);
  return { path, modules: join(path, 'modules'), runs: join(path, 'runs'), home: join(path, 'home') };
}

/** To be called for every supervisor that takes the place of another, before it starts anything. */
export const recordSupervisor = ({ path }: Pick<WorkerFolder, 'path'>, pid: number): Promise<void> =>
  writeFile(join(path, OWNER_FILE), String(pid), { mode: 0o600 });

/** Folders of executors that are gone, with their Terraform processes. */
export async function abandonedWorkerFolders(workDirectory: string, own: WorkerFolder): Promise<string[]> {
  const names = await readdir(workDirectory).catch(() => []);
  const folders = names
    .filter((name) => name.startsWith('executor-'))
    .map((name) => join(workDirectory, name))
    .filter((path) => path !== own.path);
  const areAbandoned = await Promise.all(folders.map(isAbandoned));
  return folders.filter((_path, index) => areAbandoned[index]);
}

async function isAbandoned(path: string): Promise<boolean> {
  const read = (file: string): Promise<string> => readFile(join(path, file), 'utf8').catch(() => '');
  const [supervisor, executor] = await Promise.all([read(OWNER_FILE), read(EXECUTOR_FILE)]);
  const isExecutorThere = executor !== '' && identityOf(Number.parseInt(executor, 10)) === executor;
  return !isExecutorThere && !isSupervisor(Number(supervisor));
}

/** The run folders of an abandoned executor. */
export async function runFoldersOf(workerFolder: string): Promise<string[]> {
  const runs = join(workerFolder, 'runs');
  return (await readdir(runs).catch(() => [])).map((name) => join(runs, name));
}

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/**
 * A process's number and, where the system tells, when it began: numbers are used again. undefined when there is no
 * such process.
 */
function identityOf(pid: number): string | undefined {
  if (!isThere(pid)) return undefined;
  if (process.platform !== 'linux') return String(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in it may hold spaces and brackets; of the fields behind it the twentieth is the time.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Process ids are used again: only a supervisor's counts. */
function isSupervisor(pid: number): boolean {
  if (!isThere(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('supervisor.main');
  } catch {
    return false;
  }
}
