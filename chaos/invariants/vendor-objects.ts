import { ownershipMark } from '@app/vendors';
import { z } from 'zod';
import { pskOf } from '../load/spec.js';
import type { ResourceFound, Snapshot, Violation } from '../snapshot.js';
import type { VendorAccount } from '../system/vendor.js';
import { accountOf, ownerOf, sitesOf, type VendorSite } from './vendor-site.js';

const INVARIANT = 'vendor objects';

const Spec = z.looseObject({
  siteType: z.string(),
  description: z.string(),
  networkRange: z.string(),
  tunnels: z.array(
    z.looseObject({
      name: z.string(),
      role: z.enum(['primary', 'secondary']),
      publicSiteIp: z.string(),
      privateSiteIp: z.string(),
      privateCatoIp: z.string(),
      bandwidthMbps: z.object({ down: z.number(), up: z.number() }),
      bgp: z.looseObject({ peerAsn: z.number(), metric: z.number() }).optional(),
    }),
  ),
});

/** The vendor holds exactly what the ledger says, each thing once, and nothing besides. */
export function checkVendorObjects(snapshot: Snapshot): Violation[] {
  return [
    ...snapshot.resources.flatMap((resource) => checkResource(snapshot, resource)),
    ...strays(snapshot),
  ];
}

function checkResource(snapshot: Snapshot, resource: ResourceFound): Violation[] {
  const account = accountOf(snapshot, resource);
  const sites = sitesOf(snapshot, resource);
  const complain = (message: string): Violation => ({
    invariant: INVARIANT,
    message: `${resource.customer}/${resource.name} (${resource.phase}): ${message}`,
    ids: [resource.id, ...sites.map(({ id }) => id)],
  });
  if (sites.length > 1) return [complain(`the vendor has ${sites.length} sites of it`)];
  const [site] = sites;
  if (resource.isDeleted) return site === undefined ? [] : [complain('it is deleted, and the vendor has it')];
  if (resource.phase !== 'ready') return [];
  if (account === undefined || site === undefined) return [complain('the vendor does not have it')];
  if (resource.appliedRevision !== resource.revision) {
    return [complain(`revision ${resource.revision} is not applied, but ${resource.appliedRevision}`)];
  }
  const wanted = wantedOf(resource);
  const held = heldOf(site, account);
  return Object.keys(wanted)
    .filter((part) => JSON.stringify(wanted[part]) !== JSON.stringify(held[part]))
    .map((part) =>
      complain(`${part} is ${JSON.stringify(held[part])} and not ${JSON.stringify(wanted[part])}`),
    );
}

type Comparable = Record<string, unknown>;

function wantedOf({ id, customer, name, appliedSpec }: ResourceFound): Comparable {
  const spec = Spec.parse(appliedSpec);
  const tunnels = (role: string) =>
    spec.tunnels
      .filter((tunnel) => tunnel.role === role)
      .map((tunnel) => ({
        publicSiteIp: tunnel.publicSiteIp,
        privateSiteIp: tunnel.privateSiteIp,
        privateCatoIp: tunnel.privateCatoIp,
        down: tunnel.bandwidthMbps.down,
        up: tunnel.bandwidthMbps.up,
        psk: pskOf(tunnel.name, tunnel.bandwidthMbps.down),
      }));
  const peers = spec.tunnels.flatMap(({ name: tunnel, privateSiteIp, bgp }) =>
    bgp === undefined
      ? []
      : [{ name: tunnel, peerIp: privateSiteIp, peerAsn: bgp.peerAsn, metric: bgp.metric }],
  );
  return {
    name: `${customer}-${name}`,
    siteType: spec.siteType,
    description: `${spec.description}${ownershipMark(id)}`,
    range: spec.networkRange,
    primary: tunnels('primary'),
    secondary: tunnels('secondary'),
    peers: peers.toSorted(byName),
  };
}

const tunnelsHeld = (group: VendorSite['primary']) =>
  (group?.tunnels ?? []).map(({ publicSiteIp, privateSiteIp, privateCatoIp, lastMileBw, psk }) => ({
    publicSiteIp,
    privateSiteIp,
    privateCatoIp,
    down: lastMileBw.downstream,
    up: lastMileBw.upstream,
    psk,
  }));

function heldOf(site: VendorSite, { objects }: VendorAccount): Comparable {
  const peers = objects.bgpPeers
    .filter(({ siteId }) => siteId === site.id)
    .map(({ name, peerIp, peerAsn, metric }) => ({ name, peerIp, peerAsn, metric }));
  return {
    name: site.name,
    siteType: site.siteType,
    description: site.description,
    range: site.nativeRange.subnet,
    primary: tunnelsHeld(site.primary),
    secondary: tunnelsHeld(site.secondary),
    peers: peers.toSorted(byName),
  };
}

const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name);

/** What is at the vendor and no resource stands for. */
function strays({ vendor, resources }: Snapshot): Violation[] {
  const known = new Set(resources.map(({ id }) => id));
  return vendor.flatMap(({ account, objects }) => {
    const siteIds = new Set(objects.sites.map(({ id }) => id));
    const sites = objects.sites.filter((site) => !known.has(ownerOf(site) ?? ''));
    const peers = objects.bgpPeers.filter(({ siteId }) => !siteIds.has(siteId));
    return [...sites, ...peers].map(({ id, name }) => ({
      invariant: INVARIANT,
      message: `account ${account} has ${name}, which no resource stands for`,
      ids: [id],
    }));
  });
}
