import type { OperationAction, OperationError } from '@app/contracts';
import { endCallsOf } from '../budget/end-calls.js';
import type { Transaction } from '../database/database.js';
import { openDeadLetter } from '../dead-letters/open-dead-letter.js';
import type { DispatchLane } from './dispatch.js';
import { transition } from './lifecycle.js';
import { phaseAfter } from './run-ending.js';

/** So many workers may die with an operation before it is taken for the cause. */
export const MAX_TAKEOVERS = 10;

/** An operation whose worker is gone. */
export interface OrphanedRun {
  operationId: string;
  resourceId: string;
  action: OperationAction;
  /** Its deadline had passed: its worker was to have ended it. */
  isOverdue: boolean;
  takeovers: number;
}

/** What becomes of an operation whose worker is gone. */
export function homecomingOf({
  isOverdue,
  takeovers,
}: Pick<OrphanedRun, 'isOverdue' | 'takeovers'>): 'again' | 'timed_out' | 'dead_letter' {
  if (isOverdue) return 'timed_out';
  return takeovers + 1 >= MAX_TAKEOVERS ? 'dead_letter' : 'again';
}

/** The runs of a lane whose lease ran out so long ago that their workers have stopped. Locks their resources. */
export function orphanedRuns(
  tx: Transaction,
  lane: DispatchLane,
  takeoverMarginMs: number,
): Promise<OrphanedRun[]> {
  return tx.rows<OrphanedRun>(
    `select o.id as "operationId", o.resource_id as "resourceId", o.action, o.takeovers,
       coalesce(o.deadline_at < statement_timestamp(), false) as "isOverdue"
     from operation o join resource r on r.id = o.resource_id
     where o.customer_id = $1 and o.vendor_account_id = $2 and o.lane = $3 and o.status = 'in_progress'
       and o.site_id is null and o.lease_until < statement_timestamp() - make_interval(secs => $4 / 1000.0)
     for update of r`,
    [lane.customerId, lane.vendorAccountId, lane.lane, takeoverMarginMs],
  );
}

/** Raises the token, ends the run's rights and breaks the state's lock; then the operation goes on, or ends. */
export async function takeOver(tx: Transaction, run: OrphanedRun): Promise<void> {
  // The token again: between the two statements the worker could have confirmed its lease.
  const orphaned = await tx.rows(
    `with orphaned as (
       select id, resource_id from operation
       where id = $1 and status = 'in_progress' and lease_until < statement_timestamp() for update
     ), fenced as (
       update resource r set fencing_token = fencing_token + 1 from orphaned where r.id = orphaned.resource_id
     ), unlocked as (
       delete from state_lock l using orphaned where l.resource_id = orphaned.resource_id
     )
     select 1 from orphaned`,
    [run.operationId],
  );
  if (orphaned.length === 0) return;
  await endCallsOf(tx, run.operationId);
  const homecoming = homecomingOf(run);
  if (homecoming === 'again') {
    await tx.rows(
      `with freed as (
         update operation set status = $2, phase = 'waiting', waiting_for = 'takeover', worker_id = null,
           lease_until = null, deadline_at = null, release_at = clock_timestamp(), takeovers = takeovers + 1
         where id = $1 returning id, customer_id
       )
       insert into operation_event (operation_id, customer_id, type) select id, customer_id, 'taken_over' from freed`,
      [run.operationId, transition('in_progress', 'taken_over')],
    );
    return;
  }
  const status = homecoming === 'timed_out' ? 'timed_out' : 'failed';
  const error = endOf(run, homecoming);
  await tx.rows(
    `with ended as (
       update operation set status = $2, phase = 'done', finished_at = clock_timestamp(), lease_until = null,
         waiting_for = null, error = $3
       where id = $1 returning id, customer_id
     )
     insert into operation_event (operation_id, customer_id, type, data) select id, customer_id, $2, $3 from ended`,
    [run.operationId, transition('in_progress', status), JSON.stringify(error)],
  );
  if (homecoming === 'dead_letter') await openDeadLetter(tx, run.operationId, 'worker_lost', error);
  const phase = await phaseAfter(tx, run, run.action);
  await tx.rows(`update resource set phase = $2, updated_at = now() where id = $1`, [run.resourceId, phase]);
}

function endOf({ takeovers }: OrphanedRun, homecoming: 'timed_out' | 'dead_letter'): OperationError {
  const message =
    homecoming === 'timed_out'
      ? 'its worker fell silent and its deadline passed'
      : `its worker died ${takeovers + 1} times`;
  return { code: 'WORKER_LOST', message, retryable: true };
}
