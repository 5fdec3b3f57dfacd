import { BadAdminRequest, NoSuchObject, type ObjectReference } from '../admin/vendor-simulator.js';
import { answerPeer } from './bgp-peers.js';
import type { AccountStore, BgpPeer, CatoSite, CatoTunnel } from './store.js';
import { removeFrom, type TunnelSide } from './tunnels.js';

const KINDS = ['site', 'tunnel', 'range', 'bgpPeer'] as const;

/** What may be addressed by tests: the object, its names, and how it goes away. */
interface Target {
  object: object;
  id: string;
  name: string | null;
  /** Fields that identify the object or hold other objects. */
  fixed: readonly string[];
  remove(): void;
}

/** Everything the account holds, secrets included: for tests alone. */
export function objectsOf(account: AccountStore | undefined): Record<string, unknown[]> {
  if (!account) return { sites: [], bgpPeers: [] };
  return {
    sites: [...account.sites.values()].map((site) => structuredClone(site)),
    bgpPeers: [...account.bgpPeers.values()].map((peer) => ({
      siteId: peer.siteId,
      ...answerPeer({ account }, peer),
    })),
  };
}

export function mutateObject(
  account: AccountStore,
  reference: ObjectReference,
  set: Readonly<Record<string, unknown>>,
): unknown {
  const { object, id, fixed } = find(account, reference);
  for (const key of Object.keys(set)) {
    if (!Object.hasOwn(object, key) || fixed.includes(key)) {
      const settable = Object.keys(object).filter((name) => !fixed.includes(name));
      throw new BadAdminRequest(
        `set.${key}: a ${reference.kind} has no such field; it has ${settable.join(', ')}`,
      );
    }
  }
  const { name, ...rest } = set;
  const site = reference.kind === 'site' ? account.sites.get(id) : undefined;
  if (site && name !== undefined) {
    if (typeof name !== 'string' || account.siteNamed(name))
      throw new BadAdminRequest('set.name: taken or no string');
    account.renameSite(site, name);
    Object.assign(object, rest);
  } else {
    Object.assign(object, set);
  }
  return structuredClone(object);
}

export function removeObject(account: AccountStore, reference: ObjectReference): void {
  find(account, reference).remove();
}

function find(account: AccountStore, { kind, id, name }: ObjectReference): Target {
  const found = targetsOf(account, kind).find((target) =>
    id === undefined ? target.name === name : target.id === id,
  );
  if (!found) throw new NoSuchObject(`account ${account.id} has no ${kind} ${id ?? name}`);
  return found;
}

function targetsOf(account: AccountStore, kind: string): Target[] {
  const sites = [...account.sites.values()];
  switch (kind) {
    case 'site':
      return sites.map((site) => siteTarget(account, site));
    case 'tunnel':
      return sites.flatMap((site) =>
        (['primary', 'secondary'] as const).flatMap((side) =>
          (site[side]?.tunnels ?? []).map((tunnel) => tunnelTarget(site, side, tunnel)),
        ),
      );
    case 'range':
      return sites.map(rangeTarget);
    case 'bgpPeer':
      return [...account.bgpPeers.values()].map((peer) => peerTarget(account, peer));
    default:
      throw new BadAdminRequest(`kind: "${kind}" is unknown; known: ${KINDS.join(', ')}`);
  }
}

const siteTarget = (account: AccountStore, site: CatoSite): Target => ({
  object: site,
  id: site.id,
  name: site.name,
  fixed: ['id', 'interfaceId', 'nativeRange', 'primary', 'secondary', 'createdAt', 'modifiedAt'],
  remove: () => account.removeSite(site),
});

/** A tunnel's id is unique within its site only: `<site id>/PRIMARY1`. */
const tunnelTarget = (site: CatoSite, side: TunnelSide, tunnel: CatoTunnel): Target => ({
  object: tunnel,
  id: `${site.id}/${tunnel.tunnelId}`,
  name: tunnel.name,
  fixed: ['tunnelId'],
  remove: () => removeFrom(site, side, [tunnel.tunnelId]),
});

const rangeTarget = (site: CatoSite): Target => ({
  object: site.nativeRange,
  id: site.nativeRange.id,
  name: `${site.name} ${site.nativeRange.name}`,
  fixed: ['id'],
  remove: () => {
    throw new BadAdminRequest('the native range goes with its site');
  },
});

const peerTarget = (account: AccountStore, peer: BgpPeer): Target => ({
  object: peer,
  id: peer.id,
  name: peer.name,
  fixed: ['id', 'siteId'],
  remove: () => {
    account.bgpPeers.delete(peer.id);
  },
});
