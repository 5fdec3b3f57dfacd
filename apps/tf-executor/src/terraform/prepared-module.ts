import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface PreparedModule {
  /** `.terraform`, shared by all runs of the module; they only read it. */
  dataDirectory: string;
  /** The module's files and its lock file. */
  files: string[];
}

export interface ModuleToInit {
  folder: string;
  dataDirectory: string;
  /** The folder has a lock file that must fit as it is. */
  isLockFileGiven: boolean;
}

const LOCK_FILE = '.terraform.lock.hcl';

/**
 * One `terraform init` per module and process: the module has an empty `backend "http" {}` and every run brings its
 * address in its environment, so one prepared folder serves every site. Nothing of a customer is in it.
 */
export class PreparedModules {
  readonly #prepared = new Map<string, Promise<PreparedModule>>();

  /** @param options.parent folder for the prepared modules, of this process alone */
  constructor(
    private readonly options: {
      parent: string;
      /** What `init` depends on besides the module's files: Terraform's version and the mirror. */
      toolVersion: string;
      /** Lock file to use in place of the module's own. */
      lockFile: string | undefined;
      init(module: ModuleToInit): Promise<void>;
    },
  ) {}

  /** The prepared folder of a module, made at the first call. A failed `init` is tried again at the next one. */
  prepare(moduleDirectory: string): Promise<PreparedModule> {
    const known = this.#prepared.get(moduleDirectory);
    if (known !== undefined) return known;
    const preparing = this.#init(moduleDirectory);
    this.#prepared.set(moduleDirectory, preparing);
    preparing.catch(() => this.#prepared.delete(moduleDirectory));
    return preparing;
  }

  async #init(moduleDirectory: string): Promise<PreparedModule> {
    const entries = await readdir(moduleDirectory);
    const moduleFiles = entries.filter((name) => name.endsWith('.tf')).toSorted();
    const lockFile =
      this.options.lockFile ?? (entries.includes(LOCK_FILE) ? join(moduleDirectory, LOCK_FILE) : undefined);
    const sources = moduleFiles.map((name) => ({ name, path: join(moduleDirectory, name) }));
    if (lockFile !== undefined) sources.push({ name: LOCK_FILE, path: lockFile });

    const hash = createHash('sha256').update(this.options.toolVersion);
    for (const { name, path } of sources) hash.update(`\0${name}\0`).update(await readFile(path));
    const folder = join(this.options.parent, hash.digest('hex').slice(0, 32));

    // What an `init` that failed has left.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    for (const { name, path } of sources) await copyFile(path, join(folder, name));
    const dataDirectory = join(folder, '.terraform');
    await this.options.init({ folder, dataDirectory, isLockFileGiven: lockFile !== undefined });

    const files = (await readdir(folder)).filter((name) => name.endsWith('.tf') || name === LOCK_FILE);
    return { dataDirectory, files: files.map((name) => join(folder, name)) };
  }
}
