import { newId } from '@app/runtime';
import type { Transaction } from '../database/database.js';
import { lockDeviceLanes } from './device-lanes.js';
import { endRound } from './end-round.js';
import { submitDevices } from './submit-devices.js';

interface Collection {
  id: string;
  customerId: string;
  vendorAccountId: string;
  vendor: string;
}

interface LostDevice {
  resourceId: string;
  name: string;
  revision: number;
  spec: Record<string, unknown>;
  /** Nobody works on it or has asked for anything else: it was as it was to be. */
  wasReady: boolean;
}

/**
 * A site that is another one at the vendor than before has none of the devices that the earlier one had: a deletion
 * took effect there and failed here, or somebody removed the site. They are asked for again, as they were.
 */
export async function restoreDevices(tx: Transaction, siteId: string, createdBy: string): Promise<void> {
  const [collection] = await tx.rows<Collection>(
    `select r.id, r.customer_id as "customerId", r.vendor_account_id as "vendorAccountId", r.vendor
     from device_lane lane join resource r on r.id = lane.resource_id where lane.site_id = $1`,
    [siteId],
  );
  if (collection === undefined) return;
  await lockDeviceLanes(tx, collection);
  await tx.rows(`select 1 from resource where id = $1 for update`, [collection.id]);
  // It programs the earlier site.
  await endRound(tx, collection.id);
  const lost = await tx.rows<LostDevice>(
    `with lost as (
       select id, phase from resource
       where parent_id = $1 and kind = 'device' and deleted_at is null and (applied_revision is not null or is_unreconciled)
       order by name for update
     )
     update resource r set applied_revision = null, attempted_revision = null, is_unreconciled = false, outputs = '{}'
     from lost, resource_revision v
     where r.id = lost.id and v.resource_id = r.id and v.revision = r.revision
     returning r.id as "resourceId", r.name, r.revision, v.spec, lost.phase = 'ready' as "wasReady"`,
    [siteId],
  );
  const ready = lost.filter(({ wasReady }) => wasReady);
  if (ready.length === 0) return;
  const id = newId();
  await submitDevices(tx, {
    id,
    site: { ...collection, siteId },
    lane: 'bulk',
    resourceId: collection.id,
    action: 'update',
    wishes: ready.map(({ wasReady: _wasReady, ...device }) => ({
      ...device,
      action: 'put',
      isNew: false,
      isNewRevision: false,
      phase: 'creating',
      isDone: false,
    })),
    idempotencyKey: id,
    createdBy,
  });
}
