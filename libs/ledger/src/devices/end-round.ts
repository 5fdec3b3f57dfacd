import type { Transaction } from '../database/database.js';

/**
 * Ends the round that is under way for the devices of a site, if there is one: its token is void, and what it has not
 * settled waits again. The lanes and the site's devices must be locked.
 */
export async function endRound(tx: Transaction, collectionId: string): Promise<void> {
  await tx.rows(
    `with fenced as (
       update resource set fencing_token = fencing_token + 1 where id = $1
     ), freed as (
       update device_lane set worker_id = null, lease_until = null where resource_id = $1 returning site_id
     )
     update operation o set status = 'pending', phase = 'queued', worker_id = null, lease_until = null,
       deadline_at = null, released_at = null, release_at = clock_timestamp()
     from freed where o.site_id = freed.site_id
       -- Released ones too: their messages were acknowledged while somebody held the lane.
       and (o.status = 'in_progress' or (o.status = 'pending' and o.released_at is not null))`,
    [collectionId],
  );
}
