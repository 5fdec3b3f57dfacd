import type { OperationAction, OperationError, SitePhase } from '@app/contracts';
import type { Transaction } from '../database/database.js';
import { openDeadLetter } from '../dead-letters/open-dead-letter.js';
import { removeDevicesWithSite } from '../devices/remove-with-site.js';
import { restoreDevices } from '../devices/restore-devices.js';
import { LeaseLost } from '../errors.js';
import { phaseDuring } from '../resources/site-decision.js';
import type { RunDeferred, RunGrant, RunOutcome, RunSucceeded, SiteClaim } from './claim.js';
import { lockLane, releaseLane, type DispatchLane } from './dispatch.js';
import { keyOf } from './guard.js';
import { transition } from './lifecycle.js';

const idOutputOf = ({ idOutput }: RunSucceeded): string | null => idOutput ?? null;

interface HeldOperation extends DispatchLane {
  createdBy: string;
  action: OperationAction;
  revision: number;
}

/** Records how a run ended. @returns the operations that it has released @throws LeaseLost */
export function settleRun(tx: Transaction, claim: SiteClaim, outcome: RunOutcome): Promise<string[]> {
  const settleMs = outcome.status === 'succeeded' ? 0 : (outcome.settleMs ?? 0);
  return leave(tx, claim, settleMs, async (held) => {
    const error = outcome.status === 'succeeded' ? null : outcome.error;
    const outputs = outcome.status === 'succeeded' ? outcome.outputs : null;
    await tx.rows(
      `with ended as (
           update operation set status = $2, phase = 'done', finished_at = clock_timestamp(), lease_until = null,
             changes = $3, outputs = $4, error = $5, timings = $6, waiting_for = null,
             attempt = greatest(attempt, $7)
           where id = $1 returning id, customer_id
         )
         insert into operation_event (operation_id, customer_id, type, data)
         select id, customer_id, $2, coalesce($5::jsonb, '{}') from ended`,
      [
        claim.operationId,
        transition('in_progress', outcome.status),
        JSON.stringify(outcome.changes),
        JSON.stringify(outputs ?? {}),
        error && JSON.stringify(error),
        JSON.stringify(outcome.timings),
        outcome.status === 'succeeded' ? 0 : outcome.attempt,
      ],
    );
    const phase = await phaseAfter(tx, claim, outcome.status === 'succeeded' ? undefined : held.action);
    if (outcome.status !== 'succeeded') {
      if (outcome.deadLetter !== undefined) {
        await openDeadLetter(tx, claim.operationId, outcome.deadLetter, outcome.error);
      }
      await tx.rows(`update resource set phase = $2, updated_at = now() where id = $1`, [
        claim.resourceId,
        phase,
      ]);
    } else if (held.action === 'delete') {
      await tx.rows(
        `with gone as (
             update resource set phase = 'deleted', deleted_at = now(), updated_at = now(), applied_revision = null,
               is_unreconciled = false, outputs = '{}'
             where id = $1
           )
           update resource_revision set secrets = null where resource_id = $1`,
        [claim.resourceId],
      );
      await removeDevicesWithSite(tx, claim.resourceId, claim.operationId);
    } else {
      const [site] = await tx.rows<{ isAnother: boolean }>(
        `with before as (select id, outputs from resource where id = $1)
         update resource r set phase = $2, applied_revision = $3, outputs = $4, is_unreconciled = false,
           updated_at = now() from before where r.id = before.id
         returning before.outputs ->> $5 <> r.outputs ->> $5 as "isAnother"`,
        [claim.resourceId, phase, held.revision, JSON.stringify(outputs ?? {}), idOutputOf(outcome)],
      );
      if (site?.isAnother === true) await restoreDevices(tx, claim.resourceId, held.createdBy);
    }
  });
}

/** Puts a run off. @returns the operations that it has released @throws LeaseLost */
export function deferRun(tx: Transaction, claim: SiteClaim, deferral: RunDeferred): Promise<string[]> {
  return leave(tx, claim, deferral.settleMs ?? 0, async () => {
    const timings = JSON.stringify(deferral.timings);
    const error = JSON.stringify(deferral.error);
    if (await supersedeByNewer(tx, claim, deferral.error)) return;
    await tx.rows(
      `with waiting as (
           update operation set status = $2, phase = 'waiting', waiting_for = $3, error = $4, timings = $5,
             release_at = clock_timestamp() + make_interval(secs => $6 / 1000.0),
             worker_id = null, lease_until = null, deadline_at = null, attempt = greatest(attempt, $7),
             -- What has nothing to do with the operation leaves the ladder of its retries as it was.
             ladder_start = ladder_start
               + case when $3 in ('budget', 'breaker', 'busy') then greatest(attempt, $7) - $8::int else 0 end
           where id = $1 returning id, customer_id, release_at
         )
         insert into operation_event (operation_id, customer_id, type, data)
         select id, customer_id, 'deferred',
           jsonb_build_object('reason', $3::text, 'releaseAt', release_at, 'error', $4::jsonb) from waiting`,
      [
        claim.operationId,
        transition('in_progress', 'deferred'),
        deferral.reason,
        error,
        timings,
        deferral.delayMs,
        deferral.attempt,
        claim.attempt,
      ],
    );
  });
}

/** Ends a claim: locks lane and resource, ends the run's rights, does the work, releases what comes next. */
async function leave(
  tx: Transaction,
  claim: SiteClaim,
  settleMs: number,
  work: (held: HeldOperation) => Promise<void>,
): Promise<string[]> {
  const [operation] = await tx.rows<HeldOperation>(
    `select customer_id as "customerId", vendor_account_id as "vendorAccountId", lane, action, revision,
           created_by as "createdBy" from operation where id = $1 and customer_id = $2`,
    [claim.operationId, claim.customerId],
  );
  if (operation === undefined) throw new LeaseLost(claim.operationId);
  await lockLane(tx, operation);
  // The token grows here too: what is left of this run can write nothing any more, and holds no lock.
  const held = await tx.rows(
    `with fenced as (
           update resource r set fencing_token = r.fencing_token + 1,
             settles_at = case when $5 > 0 then clock_timestamp() + make_interval(secs => $5 / 1000.0) end
           from operation o
           where o.id = $1 and o.customer_id = $2 and r.id = $3 and r.fencing_token = $4 and o.fencing_token = $4
             and o.status = 'in_progress'
           returning r.id
         ), unlocked as (
           delete from state_lock l using fenced where l.resource_id = fenced.id
         )
         select 1 from fenced`,
    [...keyOf(claim), settleMs],
  );
  if (held.length === 0) throw new LeaseLost(claim.operationId);
  await work(operation);
  return releaseLane(tx, operation);
}

/** The site's phase once this operation has ended: a later one that waits decides, else how this one ended. */
export async function phaseAfter(
  tx: Transaction,
  { operationId, resourceId }: Pick<RunGrant, 'operationId' | 'resourceId'>,
  failedAction: OperationAction | undefined,
): Promise<SitePhase> {
  const [next] = await tx.rows<{ action: OperationAction }>(
    `select action from operation
       where resource_id = $1 and id <> $2 and status in ('pending', 'awaiting_approval')
       order by sequence desc limit 1`,
    [resourceId, operationId],
  );
  if (next !== undefined) return phaseDuring(next.action);
  if (failedAction === undefined) return 'ready';
  return failedAction === 'delete' ? 'delete_failed' : 'failed';
}

/** A run that did not get through gives way to a later request that waits behind it. Deletes never do. */
async function supersedeByNewer(tx: Transaction, claim: SiteClaim, error: OperationError): Promise<boolean> {
  if (claim.action === 'delete') return false;
  const superseded = await tx.rows(
    `with newer as (
         select id from operation where resource_id = $2 and id <> $1 and status = 'pending' order by sequence desc limit 1
       ), ended as (
         update operation o set status = $3, phase = 'done', finished_at = clock_timestamp(), lease_until = null,
           superseded_by = newer.id, waiting_for = null,
           error = jsonb_build_object('code', 'SUPERSEDED', 'message', 'a later request took its place', 'retryable', false)
         from newer where o.id = $1 returning o.id, o.customer_id, o.superseded_by
       )
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, 'superseded',
         jsonb_build_object('supersededBy', superseded_by, 'error', $4::jsonb) from ended
       returning 1`,
    [claim.operationId, claim.resourceId, transition('in_progress', 'superseded'), JSON.stringify(error)],
  );
  return superseded.length > 0;
}
