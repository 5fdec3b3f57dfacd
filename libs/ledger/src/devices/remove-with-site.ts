import type { Transaction } from '../database/database.js';

/** The devices of a site that is gone are gone with it. */
export async function removeDevicesWithSite(tx: Transaction, siteId: string): Promise<void> {
  await tx.rows(
    `update resource set phase = 'deleted', deleted_at = now(), updated_at = now(), applied_revision = null,
       is_unreconciled = false, outputs = '{}'
     where parent_id = $1 and deleted_at is null`,
    [siteId],
  );
}
