import type { Operation, Page, Site, SitePhase } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { decodeCursor, NAME_PATTERN, pageOf } from '../cursor.js';
import { Database, type Sql, type Transaction } from '../database/database.js';
import { NotFound, PreconditionFailed, SiteDeleting, SpecRefused, VendorAccountMissing } from '../errors.js';
import { recordKey, reserveKey } from '../idempotency/idempotency.js';
import type { StoredSpec } from '../operations/claim.js';
import { removeDevicesWithSite } from '../devices/remove-with-site.js';
import { withdrawDevices } from '../devices/withdraw-devices.js';
import { lockLane, releaseLane, type DispatchLane } from '../operations/dispatch.js';
import {
  OPERATION_COLUMNS,
  OPERATION_TABLES,
  viewOperation,
  type OperationRow,
} from '../operations/operation-view.js';
import { Outbox } from '../outbox/outbox.js';
import { sealContext, Sealer } from '../sealing/sealer.js';
import { decideDelete, decidePut, phaseDuring, type SiteFound } from './site-decision.js';
import type {
  DeleteSite,
  IdempotencyInput,
  Preconditions,
  PutSite,
  SiteRequests,
  SubmitResult,
} from './site-requests.js';
import { SITE_COLUMNS, SITE_TABLES, viewSite, type SiteRow } from './site-view.js';
import { mergeSpec } from './spec-merge.js';

interface CustomerRow {
  customerId: string;
  vendorAccountId: string | null;
}

interface LockedSite extends SiteFound {
  active: (SiteFound['active'][number] & { isRunning: boolean })[];
  id: string;
  vendor: string;
  vendorAccountId: string;
  attemptedRevision: number | null;
}

interface NewOperation {
  lane: DispatchLane;
  resourceId: string;
  vendor: string;
  action: 'create' | 'update' | 'delete';
  revision: number;
  createdBy: string;
  /** The client's key, or else the operation's own id. */
  idempotencyKey: string | undefined;
}

/** Accepts what clients ask of sites: revision, operation and outbox row in one transaction. */
@Injectable()
export class SiteRequestsRepository implements SiteRequests {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly outbox: Outbox,
  ) {}

  async put(request: PutSite): Promise<SubmitResult> {
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request);
      if (replay !== undefined) return replay;

      const { customerId, vendorAccountId } = await this.customer(
        tx,
        request.customer,
        request.vendor,
        'for key share of c',
      );
      const lane: DispatchLane | undefined =
        vendorAccountId === null ? undefined : { customerId, vendorAccountId, lane: 'site' };
      if (lane !== undefined) await lockLane(tx, lane);
      const site = await this.lockSite(tx, customerId, request.site);
      checkPreconditions(request.preconditions, site?.revision);
      if (site !== undefined && site.vendor !== request.vendor) {
        throw new SpecRefused('VALIDATION_FAILED', [
          { path: 'vendor', message: `the site is at ${site.vendor}; a site cannot change its vendor` },
        ]);
      }
      if (lane === undefined) throw new VendorAccountMissing(request.customer, request.vendor);

      const stored = site && (await this.storedSpec(tx, site.id, site.revision));
      const spec = mergeSpec(request, stored);
      const decision = decidePut(site, spec.isSame);
      if (decision.kind === 'deleting') throw new SiteDeleting(request.site, decision.operationId);
      if (spec.missing.length > 0) throw new SpecRefused('VALIDATION_FAILED', spec.missing);
      if (decision.kind === 'unchanged') {
        await this.remember(tx, request, null);
        return { kind: 'unchanged', site: await this.view(tx, request.customer, request.site) };
      }
      if (site !== undefined && decision.isNewRevision) {
        await this.refuseUnsupported(tx, site, request);
      }
      const resourceId = site?.id ?? newId();
      if (site === undefined) {
        await tx.rows(
          `insert into resource (id, customer_id, vendor_account_id, kind, vendor, name, revision, phase)
           values ($1, $2, $3, 'site', $4, $5, $6, 'creating')`,
          [resourceId, customerId, lane.vendorAccountId, request.vendor, request.site, decision.revision],
        );
      }
      if (decision.isNewRevision) {
        await tx.rows(
          `insert into resource_revision (resource_id, revision, customer_id, spec, secrets, created_by)
           values ($1, $2, $3, $4, $5, $6)`,
          [
            resourceId,
            decision.revision,
            customerId,
            JSON.stringify(spec.visible),
            this.sealer.sealRecord(spec.secrets, sealContext.secrets(resourceId)),
            request.requester.name,
          ],
        );
      }
      const operation = await this.submit(tx, request, {
        lane,
        resourceId,
        vendor: request.vendor,
        action: decision.action,
        revision: decision.revision,
        createdBy: request.requester.name,
        idempotencyKey: request.idempotency?.key,
      });
      return { kind: 'accepted', operation, isReplay: false };
    });
  }

  async delete(request: DeleteSite): Promise<SubmitResult> {
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request);
      if (replay !== undefined) return replay;

      const lane = await this.laneOfSite(tx, request.customer, request.site);
      await lockLane(tx, lane);
      const site = await this.lockSite(tx, lane.customerId, request.site);
      if (site === undefined) throw new NotFound('site', request.site);
      checkPreconditions(request.preconditions, site.revision);

      const decision = decideDelete(site);
      if (decision.kind === 'under_way') {
        await this.remember(tx, request, decision.operationId);
        return {
          kind: 'accepted',
          operation: await this.operation(tx, decision.operationId),
          isReplay: false,
        };
      }
      const operation = await this.submit(
        tx,
        request,
        {
          lane,
          resourceId: site.id,
          vendor: site.vendor,
          action: 'delete',
          revision: site.revision,
          createdBy: request.requester.name,
          idempotencyKey: request.idempotency?.key,
        },
        { needsRun: decision.kind === 'submit' },
      );
      return { kind: 'accepted', operation, isReplay: false };
    });
  }

  async check(request: DeleteSite): Promise<SubmitResult | undefined> {
    return this.database.transaction(async (tx) => {
      const replay = await this.replay(tx, request);
      if (replay !== undefined) return replay;
      const [site] = await tx.rows<{ revision: number }>(
        `select r.revision from resource r join customer c on c.id = r.customer_id
         where c.name = $1 and c.deleted_at is null and r.kind = 'site' and r.name = $2 and r.deleted_at is null`,
        [request.customer, request.site],
      );
      checkPreconditions(request.preconditions, site?.revision);
      return undefined;
    });
  }

  async get(customer: string, site: string): Promise<Site> {
    return this.view(this.database, customer, site);
  }

  async list(customer: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Site>> {
    const after = decodeCursor(page.cursor, NAME_PATTERN);
    const { customerId } = await this.customer(this.database, customer, '');
    const rows = await this.database.rows<SiteRow>(
      `select ${SITE_COLUMNS} from ${SITE_TABLES}
       where r.customer_id = $1 and r.kind = 'site' and r.deleted_at is null and r.name > $2
       order by r.name limit $3`,
      [customerId, after ?? '', page.limit + 1],
    );
    return pageOf(rows, page.limit, { key: (row) => row.name, view: viewSite });
  }

  /** The operation that the request's idempotency key stands for, as it is now. */
  private async replay(
    tx: Transaction,
    { customer, site, requester, idempotency }: Omit<DeleteSite, 'preconditions'>,
  ): Promise<SubmitResult | undefined> {
    if (idempotency === undefined) return undefined;
    const earlier = await reserveKey(tx, requester.apiKeyId, this.fingerprinted(idempotency));
    if (earlier === undefined) return undefined;
    if (earlier.operationId === null) return { kind: 'unchanged', site: await this.view(tx, customer, site) };
    return { kind: 'accepted', operation: await this.operation(tx, earlier.operationId), isReplay: true };
  }

  private async remember(
    tx: Transaction,
    { requester, idempotency }: Omit<DeleteSite, 'preconditions'>,
    operationId: string | null,
  ): Promise<void> {
    if (idempotency === undefined) return;
    await recordKey(tx, requester.apiKeyId, this.fingerprinted(idempotency), operationId);
  }

  /** A plain hash of a body with a weak PSK could be guessed from a copy of the database. */
  private fingerprinted({ key, requestHash }: IdempotencyInput): IdempotencyInput {
    return { key, requestHash: this.sealer.fingerprint(requestHash) };
  }

  /** @param lock keeps the customer and its account from being deleted until the transaction ends */
  private async customer(sql: Sql, customer: string, vendor: string, lock = ''): Promise<CustomerRow> {
    const [row] = await sql.rows<CustomerRow>(
      `select c.id as "customerId", a.id as "vendorAccountId"
       from customer c left join vendor_account a on a.customer_id = c.id and a.vendor = $2
       where c.name = $1 and c.deleted_at is null ${lock}`,
      [customer, vendor],
    );
    if (row === undefined) throw new NotFound('customer', customer);
    return row;
  }

  private async laneOfSite(sql: Sql, customer: string, site: string): Promise<DispatchLane> {
    const [row] = await sql.rows<Omit<DispatchLane, 'lane'>>(
      `select c.id as "customerId", r.vendor_account_id as "vendorAccountId"
       from customer c join resource r on r.customer_id = c.id
       where c.name = $1 and c.deleted_at is null and r.kind = 'site' and r.name = $2 and r.deleted_at is null`,
      [customer, site],
    );
    if (row === undefined) throw new NotFound('site', site);
    return { ...row, lane: 'site' };
  }

  /** The site's row, locked, with its active operations. The lane must be locked before it. */
  private async lockSite(tx: Transaction, customerId: string, name: string): Promise<LockedSite | undefined> {
    const [row] = await tx.rows<Omit<LockedSite, 'active' | 'hasReachedVendor'>>(
      `select id, vendor, vendor_account_id as "vendorAccountId", phase, revision,
         applied_revision as "appliedRevision", attempted_revision as "attemptedRevision"
       from resource
       where customer_id = $1 and kind = 'site' and parent_id is null and name = $2 and deleted_at is null
       for update`,
      [customerId, name],
    );
    if (row === undefined) return undefined;
    const active = await tx.rows<LockedSite['active'][number]>(
      `select id, action, revision, status <> 'pending' as "isStarted", status = 'in_progress' as "isRunning"
       from operation
       where resource_id = $1 and customer_id = $2 and status in ('pending', 'in_progress', 'awaiting_approval')
       order by sequence`,
      [row.id, customerId],
    );
    return { ...row, active, hasReachedVendor: row.attemptedRevision !== null };
  }

  private async storedSpec(sql: Sql, resourceId: string, revision: number): Promise<StoredSpec | undefined> {
    const [row] = await sql.rows<{ spec: Record<string, unknown>; secrets: Buffer | null }>(
      `select spec, secrets from resource_revision where resource_id = $1 and revision = $2`,
      [resourceId, revision],
    );
    return (
      row && {
        visible: row.spec,
        secrets:
          row.secrets === null ? {} : this.sealer.openRecord(row.secrets, sealContext.secrets(resourceId)),
      }
    );
  }

  /**
   * Compares with what may be at the vendor: what was last tried there, which is what is applied when it went well, and
   * what a run is about to try.
   */
  private async refuseUnsupported(tx: Transaction, site: LockedSite, request: PutSite): Promise<void> {
    const running = site.active.filter(({ isRunning }) => isRunning).map(({ revision }) => revision);
    for (const revision of new Set([site.attemptedRevision, ...running])) {
      if (revision === null) continue;
      const before = await this.storedSpec(tx, site.id, revision);
      const refusal = before && request.unsupportedChange(before.visible);
      if (refusal !== undefined) throw new SpecRefused('NOT_YET_SUPPORTED', [refusal]);
    }
  }

  /** Stores the operation in place of the unstarted ones before it, and releases what is releasable now. */
  private async submit(
    tx: Transaction,
    request: Omit<DeleteSite, 'preconditions'>,
    { lane, resourceId, vendor, action, revision, createdBy, idempotencyKey }: NewOperation,
    { needsRun } = { needsRun: true },
  ): Promise<Operation> {
    const id = newId();
    await tx.rows(
      `with superseded as (
         update operation set status = 'cancelled', phase = 'done', superseded_by = $1, finished_at = now(),
           error = jsonb_build_object('code', 'SUPERSEDED', 'message', 'a later request took its place', 'retryable', false)
         where resource_id = $2 and customer_id = $3 and status = 'pending' and action <> 'delete'
         returning id
       ), logged as (
         insert into operation_event (operation_id, customer_id, type, data)
         select id, $3::uuid, 'superseded', jsonb_build_object('supersededBy', $1::uuid) from superseded
       ), overtaken as (
         update dead_letter set closed_at = clock_timestamp(), resolution = 'superseded', closed_by = $10
         where resource_id = $2 and closed_at is null
       ), site as (
         update resource set revision = $8, phase = $11, updated_at = now(),
           deleted_at = case when $11 = 'deleted' then now() end
         where id = $2
       ), submitted as (
         insert into operation (id, customer_id, resource_id, vendor_account_id, vendor, lane, action, revision,
           status, phase, idempotency_key, created_by, finished_at)
         values ($1, $3, $2, $4, $5, $6, $7, $8, $12, $13, $9, $10, case when $12 = 'succeeded' then now() end)
         returning id, customer_id, action, revision
       )
       insert into operation_event (operation_id, customer_id, type, data)
       select id, customer_id, $14, jsonb_build_object('action', action, 'revision', revision) from submitted`,
      [
        id,
        resourceId,
        lane.customerId,
        lane.vendorAccountId,
        vendor,
        lane.lane,
        action,
        revision,
        idempotencyKey ?? id,
        createdBy,
        (needsRun ? phaseDuring(action) : 'deleted') satisfies SitePhase,
        needsRun ? 'pending' : 'succeeded',
        needsRun ? 'queued' : 'done',
        needsRun ? 'submitted' : 'succeeded',
      ],
    );
    if (!needsRun) await removeDevicesWithSite(tx, resourceId, id);
    else if (action === 'delete') await withdrawDevices(tx, resourceId, id);
    await this.remember(tx, request, id);
    const released = await releaseLane(tx, lane);
    if (released.length > 0) tx.afterCommit(() => this.outbox.poke());
    return this.operation(tx, id);
  }

  private async operation(sql: Sql, id: string): Promise<Operation> {
    const [row] = await sql.rows<OperationRow>(
      `select ${OPERATION_COLUMNS} from ${OPERATION_TABLES} where o.id = $1`,
      [id],
    );
    if (row === undefined) throw new NotFound('operation', id);
    return viewOperation(row);
  }

  private async view(sql: Sql, customer: string, site: string): Promise<Site> {
    const [row] = await sql.rows<SiteRow>(
      `select ${SITE_COLUMNS} from ${SITE_TABLES}
       where c.name = $1 and c.deleted_at is null and r.kind = 'site' and r.name = $2 and r.deleted_at is null`,
      [customer, site],
    );
    if (row === undefined) throw new NotFound('site', site);
    return viewSite(row);
  }
}

/** @throws PreconditionFailed */
function checkPreconditions({ ifRevision, mustNotExist }: Preconditions, revision: number | undefined): void {
  if (ifRevision !== undefined && ifRevision !== revision) throw new PreconditionFailed(revision ?? null);
  if (mustNotExist === true && revision !== undefined) throw new PreconditionFailed(revision);
}
