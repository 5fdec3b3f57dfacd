import type { DevicePhase, Lane, OperationAction } from '@app/contracts';
import type { Transaction } from '../database/database.js';
import type { DeviceSite } from './device-site.js';
import { finishOperations } from './finish-operations.js';

/** What an operation asks of one device. */
export interface DeviceWish {
  resourceId: string;
  name: string;
  action: 'put' | 'delete';
  isNew: boolean;
  isNewRevision: boolean;
  revision: number;
  spec: Record<string, unknown>;
  phase: DevicePhase;
  /** There is nothing to do at the vendor. */
  isDone: boolean;
}

export interface DeviceSubmission {
  id: string;
  site: Pick<DeviceSite, 'siteId' | 'customerId' | 'vendorAccountId' | 'vendor'>;
  lane: Lane;
  /** The device, or all of them for a batch. */
  resourceId: string;
  action: OperationAction;
  wishes: readonly DeviceWish[];
  idempotencyKey: string;
  createdBy: string;
}

/**
 * Stores what is asked of devices as one operation. What earlier operations that have not started ask of the same
 * devices is overtaken. The lane, the site's devices and the devices must be locked.
 */
export async function submitDevices(tx: Transaction, submission: DeviceSubmission): Promise<void> {
  const { id, site, lane, resourceId, action, wishes, idempotencyKey, createdBy } = submission;
  const overtaken = await tx.rows<{ operationId: string }>(
    `update operation_item i set status = 'superseded' from operation o
     where i.resource_id = any($1::uuid[]) and i.status = 'pending' and o.id = i.operation_id and o.status = 'pending'
     returning i.operation_id as "operationId"`,
    [
      wishes
        .filter(({ isDone, action: wish }) => !isDone || wish === 'delete')
        .map((wish) => wish.resourceId),
    ],
  );
  await tx.rows(
    `with item as (
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::int[], $7::jsonb[],
         $8::text[], $9::boolean[]) with ordinality
         as item (resource_id, name, action, is_new, is_new_revision, revision, spec, phase, is_done, position)
     ), created as (
       insert into resource (id, customer_id, vendor_account_id, parent_id, kind, vendor, name, revision, phase)
       select resource_id, $11, $12, $13, 'device', $14, name, revision, phase from item where is_new
     ), changed as (
       update resource r set revision = item.revision, is_wanted = item.action = 'put', phase = item.phase,
         updated_at = now(), deleted_at = case when item.phase = 'deleted' then now() end
       from item where r.id = item.resource_id and not item.is_new
     ), revised as (
       insert into resource_revision (resource_id, revision, customer_id, spec, created_by)
       select resource_id, revision, $11, spec, $19 from item where is_new_revision
     ), submitted as (
       insert into operation (id, customer_id, resource_id, site_id, vendor_account_id, vendor, lane, action, revision,
         status, phase, idempotency_key, created_by, items_total)
       select $10, $11, $15, $13, $12, $14, $16, $17, coalesce(max(revision), 1), 'pending', 'queued', $18, $19, count(*)
       from item
       returning id, customer_id, action, revision
     ), listed as (
       insert into operation_item (operation_id, resource_id, customer_id, position, action, revision, status)
       select $10, resource_id, $11, position, action, revision, case when is_done then 'succeeded' else 'pending' end
       from item
     )
     insert into operation_event (operation_id, customer_id, type, data)
     select id, customer_id, 'submitted', jsonb_build_object('action', action, 'revision', revision) from submitted`,
    [
      wishes.map((wish) => wish.resourceId),
      wishes.map(({ name }) => name),
      wishes.map((wish) => wish.action),
      wishes.map(({ isNew }) => isNew),
      wishes.map(({ isNewRevision }) => isNewRevision),
      wishes.map(({ revision }) => revision),
      wishes.map(({ spec }) => JSON.stringify(spec)),
      wishes.map(({ phase }) => phase),
      wishes.map(({ isDone }) => isDone),
      id,
      site.customerId,
      site.vendorAccountId,
      site.siteId,
      site.vendor,
      resourceId,
      lane,
      action,
      idempotencyKey,
      createdBy,
    ],
  );
  await tx.rows(
    `update dead_letter set closed_at = clock_timestamp(), resolution = 'superseded', closed_by = $2
     where resource_id = any($1::uuid[]) and closed_at is null`,
    [wishes.map((wish) => wish.resourceId), createdBy],
  );
  await finishOperations(tx, [...new Set(overtaken.map(({ operationId }) => operationId))], id);
  if (wishes.every(({ isDone }) => isDone)) await finishOperations(tx, [id]);
}
