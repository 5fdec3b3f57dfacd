import type { Transaction } from '../database/database.js';
import { withdrawDevices } from './withdraw-devices.js';

/**
 * The devices of a site that is gone are gone with it, and so is what still waits for them: a round that was under way
 * when the deletion was asked for may have been put off.
 */
export async function removeDevicesWithSite(
  tx: Transaction,
  siteId: string,
  deletionId: string,
): Promise<void> {
  await withdrawDevices(tx, siteId, deletionId);
  await tx.rows(
    `update resource set phase = 'deleted', deleted_at = now(), updated_at = now(), applied_revision = null,
       is_unreconciled = false, outputs = '{}'
     where parent_id = $1 and deleted_at is null`,
    [siteId],
  );
}
