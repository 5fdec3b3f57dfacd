import type { RunGrant } from '@app/ledger';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';

export const VARIABLES_FILE = 'sitewright.auto.tfvars.json';
export const GRANT_FILE = 'grant.json';
/** Where Terraform puts the state that it could not store. */
export const ERRORED_STATE_FILE = 'errored.tfstate';

const Grant = z.object({
  customerId: z.string(),
  resourceId: z.string(),
  operationId: z.string(),
  workerId: z.string(),
  fencingToken: z.number(),
});

/** The working folder of one run, 0700. Holds secrets: it is removed as soon as everything is stored. */
export class RunFolder {
  #files = 0;

  private constructor(readonly path: string) {}

  /**
   * @param moduleFiles files that the run reads and never writes, in the same file system. They are linked hard: a
   * symbolic link is a new file to the file system, which costs it far more than a new name.
   * @param variables values of the module's variables, secrets included
   */
  static async create(
    parent: string,
    grant: RunGrant,
    moduleFiles: readonly string[],
    variables: Record<string, unknown>,
  ): Promise<RunFolder> {
    const path = join(parent, `${grant.operationId}-${grant.fencingToken}`);
    await mkdir(path, { mode: 0o700 });
    const { customerId, resourceId, operationId, workerId, fencingToken } = grant;
    await Promise.all([
      writeFile(join(path, VARIABLES_FILE), JSON.stringify(variables), { mode: 0o600, flag: 'wx' }),
      // Whoever finds the folder after a crash knows from this whose state is in it.
      writeFile(
        join(path, GRANT_FILE),
        JSON.stringify({ customerId, resourceId, operationId, workerId, fencingToken }),
        { mode: 0o600, flag: 'wx' },
      ),
      ...moduleFiles.map((file) => link(file, join(path, basename(file)))),
    ]);
    return new RunFolder(path);
  }

  /** A new file name for the output of the run's next process. */
  nextOutputFile(): string {
    this.#files += 1;
    return join(this.path, `output-${this.#files}.jsonl`);
  }

  erroredState(): Promise<Buffer | undefined> {
    return readIfThere(join(this.path, ERRORED_STATE_FILE));
  }

  /** It is stored. */
  discardErroredState(): Promise<void> {
    return rm(join(this.path, ERRORED_STATE_FILE), { force: true });
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

/** What an earlier executor's run left behind, if anything that must not be lost. */
export async function abandonedState(
  folder: string,
): Promise<{ grant: RunGrant; state: Buffer } | undefined> {
  const [state, grant] = await Promise.all([
    readIfThere(join(folder, ERRORED_STATE_FILE)),
    readIfThere(join(folder, GRANT_FILE)),
  ]);
  if (state === undefined || grant === undefined) return undefined;
  return { grant: Grant.parse(JSON.parse(grant.toString('utf8'))), state };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
