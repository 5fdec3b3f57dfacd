import { z } from 'zod';
import { BadAdminRequest, NoSuchObject, type ObjectReference } from '../admin/vendor-simulator.js';
import { answerPeer } from './bgp-peers.js';
import type { NetworkRange } from './network-range-store.js';
import type { StaticHost } from './static-host-store.js';
import type { AccountStore, BgpPeer, CatoSite, CatoTunnel } from './store.js';
import { removeFrom, type TunnelSide } from './tunnels.js';

const KINDS = ['site', 'tunnel', 'range', 'bgpPeer', 'host'] as const;

const HostChange = z.object({ name: z.string(), ip: z.string(), macAddress: z.string().nullable() });

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
  if (!account) return { sites: [], bgpPeers: [], ranges: [], hosts: [] };
  return {
    sites: [...account.sites.values()].map((site) => structuredClone(site)),
    bgpPeers: [...account.bgpPeers.values()].map((peer) => ({
      siteId: peer.siteId,
      ...answerPeer({ account }, peer),
    })),
    ranges: account.ranges.all().map((range) => ({ ...range })),
    hosts: Array.from(account.hosts.all(), (host) => ({
      ...host,
      site: account.sites.get(host.siteId)?.name ?? '',
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
  const host = reference.kind === 'host' ? account.hosts.get(id) : undefined;
  if (host) return changeHost(account, host, set);
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

/** Keeps the store's indexes true; what the vendor's own rules say of addresses does not bind the back door. */
function changeHost(
  { hosts }: AccountStore,
  host: StaticHost,
  set: Readonly<Record<string, unknown>>,
): StaticHost {
  const changed = HostChange.safeParse({ name: host.name, ip: host.ip, macAddress: host.macAddress, ...set });
  if (!changed.success) throw new BadAdminRequest('set: name and ip are text, macAddress is text or null');
  const { name, ip } = changed.data;
  const holders = [hosts.named(host.siteId, name), hosts.withIp(host.siteId, ip)];
  if (holders.some((holder) => holder && holder !== host))
    throw new BadAdminRequest('set: name or ip is taken in the site');
  hosts.change(host, changed.data);
  return { ...host };
}

function find(account: AccountStore, reference: ObjectReference): Target {
  const { kind, id, name } = reference;
  if (kind === 'host') return findHost(account, reference);
  const found = targetsOf(account, kind).find((target) =>
    id === undefined ? target.name === name : target.id === id,
  );
  if (!found) throw new NoSuchObject(`account ${account.id} has no ${kind} ${id ?? name}`);
  return found;
}

/** By its id, or as `<site name>/<host name>`; there may be too many hosts to look at each. */
function findHost(account: AccountStore, { id, name }: ObjectReference): Target {
  const [siteName = '', hostName = ''] = name?.split('/') ?? [];
  const host =
    id === undefined
      ? account.hosts.named(account.siteNamed(siteName)?.id ?? '', hostName)
      : account.hosts.get(id);
  if (!host) throw new NoSuchObject(`account ${account.id} has no host ${id ?? name}`);
  return {
    object: host,
    id: host.hostId,
    name: host.name,
    fixed: ['hostId', 'siteId'],
    remove: () => account.hosts.remove(host),
  };
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
      return [
        ...sites.map(rangeTarget),
        ...account.ranges.all().map((range) => addedRangeTarget(account, range)),
      ];
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

const addedRangeTarget = (account: AccountStore, range: NetworkRange): Target => ({
  object: range,
  id: range.id,
  name: `${account.sites.get(range.siteId)?.name} ${range.name}`,
  fixed: ['id', 'siteId'],
  remove: () => account.ranges.remove(range),
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
