import type { Transaction } from '../database/database.js';
import { openDeadLetter } from '../dead-letters/open-dead-letter.js';
import type { DeferredOperation } from './device-work.js';
import { finishOperations } from './finish-operations.js';

/** Ends an operation with all of its devices that were not yet done. */
export async function giveUp(
  tx: Transaction,
  verdict: Exclude<DeferredOperation, { kind: 'retry' }>,
): Promise<void> {
  await tx.rows(
    `with failed as (
       update operation_item set status = 'failed', error = $2 where operation_id = $1 and status = 'pending'
       returning resource_id, action
     )
     update resource r set phase = case when failed.action = 'put' then 'failed' else 'delete_failed' end, updated_at = now()
     from failed where r.id = failed.resource_id`,
    [verdict.operationId, JSON.stringify(verdict.error)],
  );
  await finishOperations(tx, [verdict.operationId]);
  if (verdict.kind === 'dead_letter') {
    await openDeadLetter(tx, verdict.operationId, verdict.reason, verdict.error);
  }
}
