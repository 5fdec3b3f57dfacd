import type { ResourceFound, Snapshot, StateVersionFound, Violation } from '../snapshot.js';

const INVARIANT = 'states';
const MARK = '[sw:';

/** Serials grow within a lineage, versions have no gaps, and the newest one is what the vendor has. */
export function checkStates(snapshot: Snapshot): Violation[] {
  return snapshot.resources.flatMap((resource) => [
    ...checkVersions(
      resource,
      snapshot.stateVersions.filter(({ resourceId }) => resourceId === resource.id),
    ),
    ...checkNewest(snapshot, resource),
  ]);
}

function checkVersions(resource: ResourceFound, versions: readonly StateVersionFound[]): Violation[] {
  const serials = new Map<string, number>();
  return versions.flatMap(({ version, serial, lineage }, index) => {
    const last = serials.get(lineage);
    serials.set(lineage, serial);
    return [
      ...(version === index + 1 ? [] : [complaint(resource, `version ${version} follows ${index}`)]),
      ...(last === undefined || serial > last
        ? []
        : [complaint(resource, `serial ${serial} follows ${last} in version ${version}`)]),
    ];
  });
}

function checkNewest(snapshot: Snapshot, resource: ResourceFound): Violation[] {
  const inState = snapshot.stateResources
    .filter(({ resourceId }) => resourceId === resource.id)
    .map(({ address, objectId, isTainted }) => `${address} ${objectId}${isTainted ? ' tainted' : ''}`)
    .toSorted();
  if (resource.isDeleted) {
    return inState.length === 0
      ? []
      : [complaint(resource, `it is deleted, and its state holds ${inState.join(', ')}`)];
  }
  if (resource.phase !== 'ready') return [];
  const atVendor = objectsOf(snapshot, resource);
  return inState.join() === atVendor.join()
    ? []
    : [complaint(resource, `its state holds ${inState.join(', ')}; the vendor has ${atVendor.join(', ')}`)];
}

function objectsOf({ vendor }: Snapshot, { id, account }: ResourceFound): string[] {
  const objects = vendor.find((one) => one.account === account)?.objects;
  const site = objects?.sites.find(({ description }) => description?.endsWith(`${MARK}${id}]`));
  if (objects === undefined || site === undefined) return [];
  const peers = objects.bgpPeers.filter(({ siteId }) => siteId === site.id);
  return [
    `cato_ipsec_site.site ${site.id}`,
    ...peers.map((peer) => `cato_bgp_peer.peer["${peer.name}"] ${peer.id}`),
  ].toSorted();
}

const complaint = ({ id, customer, name }: ResourceFound, message: string): Violation => ({
  invariant: INVARIANT,
  message: `${customer}/${name}: ${message}`,
  ids: [id],
});
