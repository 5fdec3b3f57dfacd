import type { Transaction } from '../database/database.js';
import { withdrawDevices } from './withdraw-devices.js';

/**
 * The devices of a site that is gone are gone with it, and so is what still waits for them, also as a dead letter: a
 * round that was under way when the deletion was asked for may have been put off.
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
  await tx.rows(
    `update dead_letter d set closed_at = clock_timestamp(), resolution = 'superseded', closed_by = deletion.created_by
     from resource r, operation deletion
     where r.parent_id = $1 and d.resource_id = r.id and d.closed_at is null and deletion.id = $2`,
    [siteId, deletionId],
  );
}
