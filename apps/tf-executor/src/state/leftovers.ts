import type { StateStore } from '@app/ledger';
import { abandonedState } from '../terraform/run-folder.js';
import {
  abandonedWorkerFolders,
  removeFolder,
  runFoldersOf,
  type WorkerFolder,
} from '../terraform/worker-folder.js';
import { salvageState } from './state-salvage.js';

export interface Sweep {
  /** Folders of dead executors that were removed. */
  removed: number;
  /** States that were found in them and are in the ledger now. */
  salvaged: number;
}

/**
 * Clears up after executors that died: stores the states that their Terraform could not store, then removes their
 * folders. A folder whose state cannot be stored stays, and the error is thrown once the others are done.
 */
export async function sweepLeftovers(
  workDirectory: string,
  own: WorkerFolder,
  store: StateStore,
): Promise<Sweep> {
  const sweep: Sweep = { removed: 0, salvaged: 0 };
  const failures: unknown[] = [];
  for (const folder of await abandonedWorkerFolders(workDirectory, own)) {
    try {
      for (const run of await runFoldersOf(folder)) {
        const abandoned = await abandonedState(run);
        if (abandoned === undefined) continue;
        await salvageState(store, abandoned.grant, abandoned.state);
        sweep.salvaged += 1;
        // Salvaged twice would be quarantined twice.
        await removeFolder(run);
      }
      await removeFolder(folder);
      sweep.removed += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'leftovers of earlier executors remain');
  return sweep;
}
