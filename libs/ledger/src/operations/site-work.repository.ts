import type { OperationAction, OperationPhase } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import { LeaseLost, PlanNotApplicable } from '../errors.js';
import { Outbox } from '../outbox/outbox.js';
import { sealContext, Sealer } from '../sealing/sealer.js';
import type {
  AppliedObject,
  ClaimingWorker,
  ClaimRefusal,
  Heartbeat,
  PlanIdentity,
  RunDeferred,
  RunGrant,
  RunOutcome,
  SiteClaim,
  SiteWork,
  StoredSpec,
} from './claim.js';
import type { DispatchLane } from './dispatch.js';
import { DueReleases } from './due-releases.js';
import { keyOf } from './guard.js';
import { statusesBefore, transition } from './lifecycle.js';
import { deferRun, settleRun } from './run-ending.js';

interface ClaimedRow {
  customer: string;
  site: string;
  vendor: string;
  action: OperationAction;
  revision: number;
  attempt: number;
  ladderStart: number;
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

/** What workers do with operations, each call guarded by the claim's fencing token. */
@Injectable()
export class SiteWorkRepository implements SiteWork {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly outbox: Outbox,
    private readonly dueReleases: DueReleases,
  ) {}

  async claim(
    message: { operationId: string; customerId: string; releaseNo: number },
    { workerId, leaseMs, deadlineMs }: ClaimingWorker,
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
             deadline_at = clock_timestamp() + make_interval(secs => $8 / 1000.0),
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
           claimed.ladder_start as "ladderStart", claimed.idempotency_key as "idempotencyKey", claimed.deadline_at as "deadlineAt",
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
          deadlineMs,
          statusesBefore('claimed'),
        ],
      );
      if (row === undefined) return this.refusal(tx, message);

      const wanted = row.action === 'delete' ? (row.attemptedRevision ?? row.revision) : row.revision;
      const specs = await this.specs(tx, held.resourceId, [wanted, row.appliedRevision]);
      const spec = specs.get(wanted);
      if (spec === undefined) throw new Error(`revision ${wanted} of ${held.resourceId} is missing`);
      const triedSpecs = await tx.rows<{ spec: Record<string, unknown> }>(
        `select spec from resource_revision where resource_id = $1 and revision > $2 and revision <= $3
           and revision <> $4
         order by revision`,
        [held.resourceId, row.appliedRevision ?? 0, row.attemptedRevision ?? 0, wanted],
      );
      const reported = row.isUnreconciled ? await reportedIds(tx, held.resourceId) : [];
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
        vendorAccountId: row.vendorAccountId,
        triedSpecs: triedSpecs.map((tried) => tried.spec),
        reportedIds: reported,
        account: {
          accountId: row.accountId,
          baseUrl: row.baseUrl,
          credentials: this.sealer.openRecord(row.credentials, sealContext.credentials(row.vendorAccountId)),
        },
        attempt: row.attempt,
        ladderStart: row.ladderStart,
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

  async planSaved(grant: RunGrant, { sha256 }: PlanIdentity): Promise<void> {
    const held = await this.database.rows(
      `insert into plan (resource_id, sha256, customer_id, operation_id, fencing_token, state_version)
       select r.id, $5, r.customer_id, o.id, $4,
         coalesce((select max(version) from state_version where resource_id = r.id), 0)
       from operation o join resource r on r.id = o.resource_id
       where o.id = $1 and o.customer_id = $2 and o.status = 'in_progress' and o.fencing_token = $4
         and r.id = $3 and r.fencing_token = $4
       returning 1`,
      [...keyOf(grant), sha256],
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

  async planConsumed(grant: RunGrant, { sha256 }: PlanIdentity): Promise<void> {
    const consumed = await this.database.rows(
      `update plan set consumed_at = clock_timestamp()
       from operation o join resource r on r.id = o.resource_id
       where plan.resource_id = $3 and plan.sha256 = $5 and plan.operation_id = $1 and plan.fencing_token = $4
         and plan.consumed_at is null
         and plan.state_version = coalesce((select max(version) from state_version where resource_id = $3), 0)
         and o.id = $1 and o.customer_id = $2 and o.status = 'in_progress' and o.fencing_token = $4
         and r.id = $3 and r.fencing_token = $4
       returning 1`,
      [...keyOf(grant), sha256],
    );
    if (consumed.length === 0) throw new PlanNotApplicable(grant.operationId);
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
    await this.end(async (tx) => {
      const released = await settleRun(tx, claim, outcome);
      // Their lanes are locked by others in another order, and so only after this transaction.
      const lanes = await lanesOfWaitingDevices(tx, claim.resourceId);
      tx.afterCommit(() => this.dueReleases.in(0, lanes));
      return released;
    });
  }

  async defer(claim: SiteClaim, deferral: RunDeferred): Promise<void> {
    await this.end((tx) => deferRun(tx, claim, deferral));
  }

  /** @param ending answers the operations that it has released */
  private async end(ending: (tx: Transaction) => Promise<string[]>): Promise<void> {
    await this.database.transaction(async (tx) => {
      if ((await ending(tx)).length > 0) tx.afterCommit(() => this.outbox.poke());
    });
  }

  private async refusal(
    tx: Transaction,
    { operationId, customerId, releaseNo }: { operationId: string; customerId: string; releaseNo: number },
  ): Promise<ClaimRefusal> {
    const [row] = await tx.rows<{ releaseNo: number; supersededBy: string | null; isDead: boolean }>(
      `select o.release_no as "releaseNo", o.superseded_by as "supersededBy",
         exists (select 1 from dead_letter d where d.operation_id = o.id and d.closed_at is null) as "isDead"
       from operation o where o.id = $1 and o.customer_id = $2`,
      [operationId, customerId],
    );
    if (row === undefined) return 'unknown';
    if (row.supersededBy !== null) return 'superseded';
    if (row.isDead && row.releaseNo === releaseNo) return 'dead_lettered';
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

async function reportedIds(tx: Transaction, resourceId: string): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `select distinct e.data->>'id' as id from operation o join operation_event e on e.operation_id = o.id
     where o.resource_id = $1 and e.type = 'object_applied'`,
    [resourceId],
  );
  return rows.map(({ id }) => id);
}

/** The lanes in which devices wait for their site. */
const lanesOfWaitingDevices = (tx: Transaction, siteId: string): Promise<DispatchLane[]> =>
  tx.rows<DispatchLane>(
    `select distinct customer_id as "customerId", vendor_account_id as "vendorAccountId", lane from operation
     where site_id = $1 and status = 'pending' and released_at is null`,
    [siteId],
  );
