import type { Snapshot, Violation } from '../snapshot.js';
import type { ForeignHost } from '../system/foreign-hosts.js';
import type { VendorHost } from '../system/vendor.js';

const INVARIANT = 'foreign hosts';

/** What somebody else has put on a site is there as it was, as long as the site is. */
export function checkForeignHosts({ foreignHosts, vendor }: Snapshot): Violation[] {
  return foreignHosts.flatMap((foreign) => {
    const objects = vendor.find(({ account }) => account === foreign.account)?.objects;
    if (objects?.sites.every(({ id }) => id !== foreign.siteId) !== false) return [];
    const found = objects.hosts.find(({ hostId }) => hostId === foreign.hostId);
    if (found === undefined) return [complain(foreign, 'is gone')];
    const [was, is] = [valuesOf(foreign), valuesOf(found)];
    return was === is ? [] : [complain(foreign, `is ${is}, and was ${was}`)];
  });
}

const valuesOf = ({ name, ip, macAddress }: VendorHost): string => JSON.stringify({ name, ip, macAddress });

const complain = ({ account, siteId, hostId }: ForeignHost, what: string): Violation => ({
  invariant: INVARIANT,
  message: `account ${account}: a host on site ${siteId} that is not ours ${what}`,
  ids: [hostId],
});
