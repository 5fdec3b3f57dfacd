import type { DeviceFound, ItemFound, Snapshot } from '../snapshot.js';
import type { LedgerReader } from './ledger-reader.js';

/** What the ledger holds of devices, for the customers whose names begin with a prefix. */
export const readDevices = (ledger: LedgerReader, prefix: string): Promise<DeviceFound[]> =>
  ledger.rows<DeviceFound>(
    `select r.id, r.parent_id as "siteId", c.name as customer, a.account_id as account, s.name as site, r.name, r.phase,
       r.revision, r.applied_revision as "appliedRevision", r.deleted_at is not null as "isDeleted",
       v.spec as "appliedSpec", r.outputs->>'hostId' as "hostId"
     from resource r join resource s on s.id = r.parent_id join customer c on c.id = r.customer_id
     join vendor_account a on a.id = r.vendor_account_id
     left join resource_revision v on v.resource_id = r.id and v.revision = r.applied_revision
     where c.name like $1 and r.kind = 'device' order by r.id`,
    [`${prefix}%`],
  );

/** In the order of their operations. */
export const readItems = (ledger: LedgerReader, prefix: string): Promise<ItemFound[]> =>
  ledger.rows<ItemFound>(
    `select i.operation_id as "operationId", i.resource_id as "deviceId", i.action, i.revision, i.status, i.error
     from operation_item i join operation o on o.id = i.operation_id join customer c on c.id = o.customer_id
     where c.name like $1 order by o.sequence, i.position`,
    [`${prefix}%`],
  );

export const readHeldDeviceLanes = (
  ledger: LedgerReader,
  prefix: string,
): Promise<Snapshot['heldDeviceLanes']> =>
  ledger.rows<Snapshot['heldDeviceLanes'][number]>(
    `select l.site_id as "siteId", l.worker_id as "workerId" from device_lane l
     join customer c on c.id = l.customer_id
     where c.name like $1 and (l.worker_id is not null or l.lease_until is not null)`,
    [`${prefix}%`],
  );
