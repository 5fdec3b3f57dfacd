import { z } from 'zod';
import type { DeviceFound, ResourceFound, Snapshot, Violation } from '../snapshot.js';
import type { VendorHost } from '../system/vendor.js';
import { sitesOf } from './vendor-site.js';

const INVARIANT = 'devices';

const Spec = z.looseObject({ ip: z.string(), macAddress: z.string().optional() });

/** Whether such a site is still at the vendor is not known, and with it go its hosts. */
const GOING = new Set(['deleting', 'delete_failed']);

/** On each site the vendor holds exactly the devices that the ledger says are applied, each once and as applied. */
export function checkDevices(snapshot: Snapshot): Violation[] {
  const hosts = ourHosts(snapshot);
  return [
    ...snapshot.resources.flatMap((site) => checkSite(snapshot, site, hosts)),
    ...hosts
      .filter(isNowhere(snapshot))
      .map((host) => complain(`host ${host.name} is on a site that is gone`, host)),
  ];
}

/** All but those that somebody else has put there. */
function ourHosts({ vendor, foreignHosts }: Snapshot): VendorHost[] {
  const foreign = new Set(foreignHosts.map(({ hostId }) => hostId));
  return vendor.flatMap(({ objects }) => objects.hosts).filter(({ hostId }) => !foreign.has(hostId));
}

function checkSite(snapshot: Snapshot, site: ResourceFound, hosts: readonly VendorHost[]): Violation[] {
  const siteIds = new Set(sitesOf(snapshot, site).map(({ id }) => id));
  const held = hosts.filter(({ siteId }) => siteIds.has(siteId));
  const devices = snapshot.devices.filter(({ siteId }) => siteId === site.id);
  const names = new Set(devices.filter(({ isDeleted }) => !isDeleted).map(({ name }) => name));
  return [
    ...devices.flatMap((device) =>
      checkDevice(
        device,
        site,
        held.filter(({ name }) => name === device.name),
      ),
    ),
    ...held
      .filter(({ name }) => !names.has(name))
      .map((host) =>
        complain(`${site.customer}/${site.name} has host ${host.name}, which no device stands for`, host),
      ),
  ];
}

function checkDevice(device: DeviceFound, site: ResourceFound, hosts: readonly VendorHost[]): Violation[] {
  const { phase, revision, appliedRevision, isDeleted } = device;
  const say = (message: string): Violation[] => [
    {
      invariant: INVARIANT,
      message: `${device.customer}/${device.site}/${device.name} (${phase}): ${message}`,
      ids: [device.id, ...hosts.map(({ hostId }) => hostId)],
    },
  ];
  if (isDeleted) return [];
  if (site.isDeleted) return say('its site is deleted, and it is not');
  if (hosts.length > 1) return say(`the vendor has ${hosts.length} hosts of it`);
  if (phase !== 'ready' || GOING.has(site.phase)) return [];
  const [host] = hosts;
  if (host === undefined) return say('the vendor does not have it');
  if (appliedRevision !== revision) return say(`revision ${revision} is not applied, but ${appliedRevision}`);
  if (device.hostId !== host.hostId)
    return say(`its host is ${host.hostId}, and ${device.hostId} is on record`);
  const { ip, macAddress = null } = Spec.parse(device.appliedSpec);
  const wanted = JSON.stringify({ ip, macAddress });
  const found = JSON.stringify({ ip: host.ip, macAddress: host.macAddress });
  return found === wanted ? [] : say(`it is ${found} and not ${wanted}`);
}

const isNowhere = ({ vendor }: Snapshot): ((host: VendorHost) => boolean) => {
  const siteIds = new Set(vendor.flatMap(({ objects }) => objects.sites.map(({ id }) => id)));
  return ({ siteId }) => !siteIds.has(siteId);
};

const complain = (message: string, { hostId }: VendorHost): Violation => ({
  invariant: INVARIANT,
  message,
  ids: [hostId],
});
