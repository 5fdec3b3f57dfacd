import type { Transaction } from '../database/database.js';
import { finishOperations } from './finish-operations.js';

/**
 * What has not started for the devices of a site gives way to the site's deletion, which takes them along. Should it
 * fail, nobody does what was asked for them, and they say so.
 */
export async function withdrawDevices(tx: Transaction, siteId: string, deletionId: string): Promise<void> {
  const withdrawn = await tx.rows<{ operationId: string }>(
    `with withdrawn as (
       update operation_item i set status = 'superseded' from operation o
       where o.site_id = $1 and o.status = 'pending' and i.operation_id = o.id and i.status = 'pending'
       returning i.operation_id, i.resource_id
     ), device as (
       update resource r set phase = case when r.is_wanted then 'failed' else 'delete_failed' end, updated_at = now()
       where r.id in (select resource_id from withdrawn)
     )
     select distinct operation_id as "operationId" from withdrawn`,
    [siteId],
  );
  const ids = withdrawn.map(({ operationId }) => operationId);
  await finishOperations(tx, ids, deletionId);
}
