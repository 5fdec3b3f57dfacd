import type { Lane, SitePhase } from '@app/contracts';
import { newId } from '@app/runtime';
import type { Sql, Transaction } from '../database/database.js';
import { NotFound, SiteDeleting, SiteNotReady } from '../errors.js';
import { lockLane } from '../operations/dispatch.js';

/** A site as device requests find it. */
export interface DeviceSite {
  customerId: string;
  vendorAccountId: string;
  vendor: string;
  siteId: string;
  phase: SitePhase;
  isApplied: boolean;
  /** An operation of the site itself that has not ended. */
  activeOperationId: string | null;
  activeAction: string | null;
  /** The resource that stands for all devices of the site; null before the first of them. */
  collectionId: string | null;
}

/** @throws NotFound */
export const findDeviceSite = (sql: Sql, customer: string, site: string): Promise<DeviceSite> =>
  find(sql, customer, site);

/** The same, and until the transaction ends nobody deletes the site. @throws NotFound */
export const keepDeviceSite = (tx: Transaction, customer: string, site: string): Promise<DeviceSite> =>
  find(tx, customer, site, 'for key share of r');

async function find(sql: Sql, customer: string, site: string, locking = ''): Promise<DeviceSite> {
  const [row] = await sql.rows<DeviceSite>(
    `select c.id as "customerId", r.vendor_account_id as "vendorAccountId", r.vendor, r.id as "siteId", r.phase,
       r.applied_revision is not null as "isApplied", active.id as "activeOperationId", active.action as "activeAction",
       lane.resource_id as "collectionId"
     from customer c join resource r on r.customer_id = c.id
     left join device_lane lane on lane.site_id = r.id
     left join lateral (
       select id, action from operation where resource_id = r.id and status in ('pending', 'in_progress', 'awaiting_approval')
       order by sequence desc limit 1) active on true
     where c.name = $1 and c.deleted_at is null and r.kind = 'site' and r.parent_id is null and r.name = $2
       and r.deleted_at is null ${locking}`,
    [customer, site],
  );
  if (row === undefined) throw new NotFound('site', site);
  return row;
}

/**
 * Locks all that device requests of a site change: the lane, then the site's devices as a whole.
 * @returns the resource that stands for them
 * @throws SiteDeleting, SiteNotReady
 */
export async function lockDevices(
  tx: Transaction,
  site: DeviceSite,
  name: string,
  lane: Lane,
): Promise<string> {
  if (site.activeAction === 'delete' && site.activeOperationId !== null) {
    throw new SiteDeleting(name, site.activeOperationId);
  }
  if (!site.isApplied && site.activeOperationId === null) throw new SiteNotReady(name);
  await lockLane(tx, { customerId: site.customerId, vendorAccountId: site.vendorAccountId, lane });
  const collectionId = site.collectionId ?? (await makeCollection(tx, site));
  await tx.rows(`select 1 from resource where id = $1 for update`, [collectionId]);
  return collectionId;
}

async function makeCollection(tx: Transaction, site: DeviceSite): Promise<string> {
  await tx.rows(
    `with made as (
       insert into resource (id, customer_id, vendor_account_id, parent_id, kind, vendor, name, revision, phase)
       values ($1, $2, $3, $4, 'devices', $5, 'devices', 1, 'ready') on conflict do nothing returning id
     )
     insert into device_lane (resource_id, site_id, customer_id) select id, $4, $2 from made`,
    [newId(), site.customerId, site.vendorAccountId, site.siteId, site.vendor],
  );
  const [lane] = await tx.rows<{ id: string }>(
    `select resource_id as id from device_lane where site_id = $1`,
    [site.siteId],
  );
  if (lane === undefined) throw new Error(`site ${site.siteId} has no device lane`);
  return lane.id;
}
