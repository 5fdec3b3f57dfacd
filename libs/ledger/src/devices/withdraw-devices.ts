import type { Transaction } from '../database/database.js';
import { finishOperations } from './finish-operations.js';

/** What has not started for the devices of a site gives way to the site's deletion, which takes them along. */
export async function withdrawDevices(tx: Transaction, siteId: string, deletionId: string): Promise<void> {
  const withdrawn = await tx.rows<{ operationId: string }>(
    `update operation_item i set status = 'superseded' from operation o
     where o.site_id = $1 and o.status = 'pending' and i.operation_id = o.id and i.status = 'pending'
     returning i.operation_id as "operationId"`,
    [siteId],
  );
  await finishOperations(tx, [...new Set(withdrawn.map(({ operationId }) => operationId))], deletionId);
}
