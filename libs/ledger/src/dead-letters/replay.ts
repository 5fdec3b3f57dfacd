import { recordAudit } from '../audit/record-audit.js';
import type { Transaction } from '../database/database.js';
import { lockLane, releaseLane, type DispatchLane } from '../operations/dispatch.js';
import { reopen } from '../operations/reopen.js';

/** `closed`: somebody else had decided about it before. */
export type ReplayOutcome = 'replayed' | 'superseded' | 'closed';

export interface Replay {
  id: string;
  operationId: string;
  /** Who asks: the name of an API key, or the broker's. */
  by: string;
  /** It is not released earlier. */
  delayMs?: number;
}

/** Closes a dead letter and has its operation run again, unless a later request has taken its place. */
export async function replayInLedger(
  tx: Transaction,
  { id, operationId, by, delayMs = 0 }: Replay,
): Promise<{ outcome: ReplayOutcome; hasReleased: boolean }> {
  const [operation] = await tx.rows<DispatchLane & { resourceId: string }>(
    `select customer_id as "customerId", vendor_account_id as "vendorAccountId", lane, resource_id as "resourceId"
     from operation where id = $1`,
    [operationId],
  );
  if (operation === undefined) return { outcome: 'closed', hasReleased: false };
  await lockLane(tx, operation);
  const open = await tx.rows(`select 1 from dead_letter where id = $1 and closed_at is null for update`, [
    id,
  ]);
  if (open.length === 0) return { outcome: 'closed', hasReleased: false };
  const reopened = await reopen(tx, { operationId, resourceId: operation.resourceId, by, delayMs });
  const outcome = reopened === 'reopened' ? 'replayed' : 'superseded';
  await tx.rows(
    `update dead_letter set closed_at = clock_timestamp(), resolution = $2, closed_by = $3 where id = $1`,
    [id, outcome, by],
  );
  await recordAudit(tx, {
    actor: by,
    action: 'dead_letter.replayed',
    customerId: operation.customerId,
    target: { type: 'dead_letter', id },
    details: { operationId, outcome },
  });
  return { outcome, hasReleased: (await releaseLane(tx, operation)).length > 0 };
}
