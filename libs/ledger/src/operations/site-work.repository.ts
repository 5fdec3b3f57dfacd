import type { OperationAction, OperationError, OperationPhase, SitePhase } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import { LeaseLost } from '../errors.js';
import { Outbox } from '../outbox/outbox.js';
import { phaseDuring } from '../resources/site-decision.js';
import { sealContext, Sealer } from '../sealing/sealer.js';
import type {
  AppliedObject,
  ClaimRefusal,
  Heartbeat,
  RunDeferred,
  RunGrant,
  RunOutcome,
  SiteClaim,
  SiteWork,
  StoredSpec,
} from './claim.js';
import { lockLane, releaseLane, type DispatchLane } from './dispatch.js';
import { statusesBefore, transition } from './lifecycle.js';

/** How long a run may take from its claim to its end before it is stopped. */
const RUN_DEADLINE_MINUTES = 30;

interface ClaimedRow {
  customer: string;
  site: string;
  vendor: string;
  action: OperationAction;
  revision: number;
  attempt: number;
  idempotencyKey: string;
  deadlineAt: Date;
  fencingToken: string;
  appliedRevision: number | null;
  attemptedRevision: number | null;
  hasStateHeldResources: boolean;
  isUnreconciled: boolean;
  vendorAccountId: string;
  accountId: string;
  baseUrl: string | null;
  credentials: Buffer;
}

interface HeldOperation extends DispatchLane {
  action: OperationAction;
  revision: number;
}

/** What workers do with operations, each call guarded by the claim's fencing token. */
@Injectable()
export class SiteWorkRepository implements SiteWork {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly outbox: Outbox,
  ) {}

  async claim(
    message: { operationId: string; customerId: string; releaseNo: number },
    { workerId, leaseMs }: { workerId: string; leaseMs: number },
  ): Promise<SiteClaim | ClaimRefusal> {
    return this.database.transaction(async (tx) => {
      // The resource first, as everybody locks it before its operations.
      const [held] = await tx.rows<{ resourceId: string }>(
        `select r.id as "resourceId" from resource r
         where r.id = (select resource_id from operation where id = $1 and customer_id = $2) for update`,
        [message.operationId, message.customerId],
      );
      if (held === undefined) return 'unknown';
      const [row] = await tx.rows<ClaimedRow>(
        `with claimed as (
           update operation set status = $5, phase = 'planning', worker_id = $6, released_at = null, waiting_for = null,
             fencing_token = (select fencing_token + 1 from resource where id = $4),
             lease_until = clock_timestamp() + make_interval(secs => $7 / 1000.0),
             deadline_at = clock_timestamp() + make_interval(mins => $8),
             started_at = coalesce(started_at, clock_timestamp())
           where id = $1 and customer_id = $2 and release_no = $3 and status = any($9) and released_at is not null
           returning *
         ), fenced as (
           update resource r set fencing_token = claimed.fencing_token
           from claimed where r.id = claimed.resource_id returning r.*
         ), logged as (
           insert into operation_event (operation_id, customer_id, type, data)
           select id, customer_id, 'claimed',
             jsonb_build_object('workerId', worker_id, 'releaseNo', release_no, 'fencingToken', fencing_token)
           from claimed
         )
         select c.name as customer, r.name as site, claimed.vendor, claimed.action, claimed.revision, claimed.attempt,
           claimed.idempotency_key as "idempotencyKey", claimed.deadline_at as "deadlineAt",
           claimed.fencing_token as "fencingToken", r.applied_revision as "appliedRevision",
           r.attempted_revision as "attemptedRevision", r.has_state_held_resources as "hasStateHeldResources",
           r.is_unreconciled as "isUnreconciled", a.id as "vendorAccountId", a.account_id as "accountId",
           a.base_url as "baseUrl", a.credentials
         from claimed join fenced r on r.id = claimed.resource_id
         join customer c on c.id = claimed.customer_id
         join vendor_account a on a.id = claimed.vendor_account_id`,
        [
          message.operationId,
          message.customerId,
          message.releaseNo,
          held.resourceId,
          transition('pending', 'claimed'),
          workerId,
          leaseMs,
          RUN_DEADLINE_MINUTES,
          statusesBefore('claimed'),
        ],
      );
      if (row === undefined) return this.refusal(tx, message);

      const wanted = row.action === 'delete' ? (row.attemptedRevision ?? row.revision) : row.revision;
      const specs = await this.specs(tx, held.resourceId, [wanted, row.appliedRevision]);
      const spec = specs.get(wanted);
      if (spec === undefined) throw new Error(`revision ${wanted} of ${held.resourceId} is missing`);
      return {
        operationId: message.operationId,
        customerId: message.customerId,
        resourceId: held.resourceId,
        workerId,
        fencingToken: Number(row.fencingToken),
        customer: row.customer,
        site: row.site,
        vendor: row.vendor,
        action: row.action,
        revision: row.revision,
        spec,
        appliedSpec: row.appliedRevision === null ? undefined : specs.get(row.appliedRevision),
        account: {
          accountId: row.accountId,
          baseUrl: row.baseUrl,
          credentials: this.sealer.openRecord(row.credentials, sealContext.credentials(row.vendorAccountId)),
        },
        attempt: row.attempt,
        idempotencyKey: row.idempotencyKey,
        deadlineAt: row.deadlineAt,
        hasStateHeldResources: row.hasStateHeldResources,
        isUnreconciled: row.isUnreconciled,
      };
    });
  }

  async heartbeat(grant: RunGrant, leaseMs: number): Promise<Heartbeat> {
    const [row] = await this.database.rows<{ isCancelRequested: boolean }>(
      `update operation o set lease_until = clock_timestamp() + make_interval(secs => $5 / 1000.0)
       from resource r
       where o.id = $1 and o.customer_id = $2 and o.status = 'in_progress' and o.fencing_token = $4
         and r.id = $3 and r.fencing_token = $4
       returning o.cancel_requested_at is not null as "isCancelRequested"`,
      [...keyOf(grant), leaseMs],
    );
    if (row === undefined) throw new LeaseLost(grant.operationId);
    return row;
  }

  async enterPhase(grant: RunGrant, phase: OperationPhase): Promise<void> {
    const held = await this.database.rows(
      `with held as (
         update operation o set phase = $5 from resource r
         where o.id = $1 and o.customer_id = $2 and o.status = 'in_progress' and o.fencing_token = $4
           and r.id = $3 and r.fencing_token = $4
         returning o.id, o.customer_id
       ), logged as (
         insert into operation_event (operation_id, customer_id, type) select id, customer_id, $5 from held
       )
       select 1 from held`,
      [...keyOf(grant), phase],
    );
    if (held.length === 0) throw new LeaseLost(grant.operationId);
  }

  async applyStarted(grant: RunGrant): Promise<void> {
    const held = await this.database.rows(
      `with fenced as (
         update resource r set is_unreconciled = true,
           attempted_revision = case when o.action = 'delete' then coalesce(r.attempted_revision, o.revision)
             else o.revision end
         from operation o
         where r.id = $3 and r.fencing_token = $4 and o.id = $1 and o.customer_id = $2
           and o.status = 'in_progress' and o.fencing_token = $4
         returning r.id
       ), held as (
         update operation o set phase = 'applying', attempt = o.attempt + 1 from fenced
         where o.id = $1 returning o.id, o.customer_id, o.attempt
       ), logged as (
         insert into operation_event (operation_id, customer_id, type, data)
         select id, customer_id, 'applying', jsonb_build_object('attempt', attempt) from held
       )
       select 1 from held`,
      keyOf(grant),
    );
    if (held.length === 0) throw new LeaseLost(grant.operationId);
  }

  async objectApplied(grant: RunGrant, object: AppliedObject): Promise<void> {
    const held = await this.database.rows(
      `insert into operation_event (operation_id, customer_id, type, data)
       select o.id, o.customer_id, 'object_applied', $5 from operation o join resource r on r.id = o.resource_id
       where o.id = $1 and o.customer_id = $2 and o.status = 'in_progress' and o.fencing_token = $4
         and r.id = $3 and r.fencing_token = $4
       returning 1`,
      [...keyOf(grant), object],
    );
    if (held.length === 0) throw new LeaseLost(grant.operationId);
  }

  async settle(claim: SiteClaim, outcome: RunOutcome): Promise<void> {
    await this.leave(claim, async (tx, held) => {
      const error = outcome.status === 'succeeded' ? null : outcome.error;
      const outputs = outcome.status === 'succeeded' ? outcome.outputs : null;
      await tx.rows(
        `with ended as (
           update operation set status = $2, phase = 'done', finished_at = clock_timestamp(), lease_until = null,
             changes = $3, outputs = $4, error = $5, timings = $6, waiting_for = null
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
        ],
      );
      const phase = await this.phaseAfter(
        tx,
        claim,
        outcome.status === 'succeeded' ? undefined : held.action,
      );
      if (outcome.status !== 'succeeded') {
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
      } else {
        await tx.rows(
          `update resource set phase = $2, applied_revision = $3, outputs = $4, is_unreconciled = false,
             updated_at = now() where id = $1`,
          [claim.resourceId, phase, held.revision, JSON.stringify(outputs ?? {})],
        );
      }
    });
  }

  async defer(claim: SiteClaim, deferral: RunDeferred): Promise<void> {
    await this.leave(claim, async (tx) => {
      const timings = JSON.stringify(deferral.timings);
      const error = JSON.stringify(deferral.error);
      const isLate = await this.supersedeByNewer(tx, claim, 'deferred', deferral.error);
      if (isLate) return;
      await tx.rows(
        `with waiting as (
           update operation set status = $2, phase = 'waiting', waiting_for = $3, error = $4, timings = $5,
             release_at = clock_timestamp() + make_interval(secs => $6 / 1000.0),
             worker_id = null, lease_until = null, deadline_at = null
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
        ],
      );
    });
  }

  /** Ends a claim: locks lane and resource, ends the run's rights, does the work, releases what comes next. */
  private async leave(
    claim: SiteClaim,
    work: (tx: Transaction, held: HeldOperation) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [operation] = await tx.rows<HeldOperation>(
        `select customer_id as "customerId", vendor_account_id as "vendorAccountId", lane, action, revision
         from operation where id = $1 and customer_id = $2`,
        [claim.operationId, claim.customerId],
      );
      if (operation === undefined) throw new LeaseLost(claim.operationId);
      await lockLane(tx, operation);
      // The token grows here too: what is left of this run can write nothing any more, and holds no lock.
      const held = await tx.rows(
        `with fenced as (
           update resource r set fencing_token = r.fencing_token + 1 from operation o
           where o.id = $1 and o.customer_id = $2 and r.id = $3 and r.fencing_token = $4 and o.fencing_token = $4
             and o.status = 'in_progress'
           returning r.id
         ), unlocked as (
           delete from state_lock l using fenced where l.resource_id = fenced.id
         )
         select 1 from fenced`,
        keyOf(claim),
      );
      if (held.length === 0) throw new LeaseLost(claim.operationId);
      await work(tx, operation);
      if ((await releaseLane(tx, operation)).length > 0) tx.afterCommit(() => this.outbox.poke());
    });
  }

  /** The site's phase once this operation has ended: a later one that waits decides, else how this one ended. */
  private async phaseAfter(
    tx: Transaction,
    claim: RunGrant,
    failedAction: OperationAction | undefined,
  ): Promise<SitePhase> {
    const [next] = await tx.rows<{ action: OperationAction }>(
      `select action from operation
       where resource_id = $1 and id <> $2 and status in ('pending', 'awaiting_approval')
       order by sequence desc limit 1`,
      [claim.resourceId, claim.operationId],
    );
    if (next !== undefined) return phaseDuring(next.action);
    if (failedAction === undefined) return 'ready';
    return failedAction === 'delete' ? 'delete_failed' : 'failed';
  }

  /** A run that did not get through gives way to a later request that waits behind it. Deletes never do. */
  private async supersedeByNewer(
    tx: Transaction,
    claim: SiteClaim,
    event: 'deferred',
    error: OperationError,
  ): Promise<boolean> {
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
         jsonb_build_object('supersededBy', superseded_by, 'instead', $4::text, 'error', $5::jsonb) from ended
       returning 1`,
      [
        claim.operationId,
        claim.resourceId,
        transition('in_progress', 'superseded'),
        event,
        JSON.stringify(error),
      ],
    );
    return superseded.length > 0;
  }

  private async refusal(
    tx: Transaction,
    { operationId, customerId, releaseNo }: { operationId: string; customerId: string; releaseNo: number },
  ): Promise<ClaimRefusal> {
    const [row] = await tx.rows<{ releaseNo: number; supersededBy: string | null }>(
      `select release_no as "releaseNo", superseded_by as "supersededBy" from operation
       where id = $1 and customer_id = $2`,
      [operationId, customerId],
    );
    if (row === undefined) return 'unknown';
    if (row.supersededBy !== null) return 'superseded';
    return row.releaseNo === releaseNo ? 'not_pending' : 'stale_release';
  }

  private async specs(
    tx: Transaction,
    resourceId: string,
    revisions: readonly (number | null)[],
  ): Promise<Map<number, StoredSpec>> {
    const rows = await tx.rows<{ revision: number; spec: Record<string, unknown>; secrets: Buffer | null }>(
      `select revision, spec, secrets from resource_revision where resource_id = $1 and revision = any($2::int[])`,
      [resourceId, revisions.filter((revision) => revision !== null)],
    );
    return new Map(
      rows.map(({ revision, spec, secrets }) => [
        revision,
        {
          visible: spec,
          secrets: secrets === null ? {} : this.sealer.openRecord(secrets, sealContext.secrets(resourceId)),
        },
      ]),
    );
  }
}

/** `$1` to `$4` of every guarded statement. */
const keyOf = ({
  operationId,
  customerId,
  resourceId,
  fencingToken,
}: RunGrant): [string, string, string, number] => [operationId, customerId, resourceId, fencingToken];
