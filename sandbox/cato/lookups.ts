import type { CatoContext } from './context.js';
import type { Resolver } from './execute.js';
import { FreeJson } from './graphql/project.js';
import type { NativeRange } from './network-range-store.js';
import type { StaticHost } from './static-host-store.js';
import type { CatoSite } from './store.js';

type LookupArguments = {
  type: string;
  limit?: number | null;
  from?: number | null;
  parent?: { id: string; type: string } | null;
  search?: string | null;
  entityIDs?: string[] | null;
};

interface Entity {
  id: string;
  name: string;
  description: string;
  helperFields: Record<string, unknown>;
}

const DEFAULT_LIMIT = 50;
/** Reserved documentation addresses; every account owns the same two, as ids and addresses are all that is asked for. */
const ALLOCATED_IPS = [
  { id: '30001', ip: '192.0.2.11', popLocation: 'Paris', countryCode: 'FR' },
  { id: '30002', ip: '192.0.2.12', popLocation: 'Frankfurt', countryCode: 'DE' },
] as const;

/** Blank, backslash, blank: clients cut the name apart at it. */
const NAME_SEPARATOR = ' \\ ';
const INTERFACE_NAME = 'Default';

function siteEntity({ id, name, siteType, description, createdAt, modifiedAt }: CatoSite): Entity {
  return {
    id,
    name,
    description: description ?? '',
    helperFields: {
      type: siteType,
      description: description ?? '',
      connectionType: 'IPSEC_V2',
      creationDate: new Date(createdAt).toISOString(),
      isHA: 'false',
      lastModified: new Date(modifiedAt).toISOString(),
      operationalStatus: 'active',
      protoID: id,
    },
  };
}

function interfaceEntity({ id, name, interfaceId, nativeRange }: CatoSite): Entity {
  return {
    id: interfaceId,
    name: [name, INTERFACE_NAME].join(NAME_SEPARATOR),
    description: '',
    helperFields: {
      siteId: id,
      siteName: name,
      subnet: nativeRange.subnet,
      interfaceId: INTERFACE_NAME,
      interfaceID: INTERFACE_NAME,
      interfaceName: INTERFACE_NAME,
      destType: 'LAN',
      isDefault: true,
      vrrpType: null,
    },
  };
}

function rangeEntity({ id: siteId, name: siteName }: CatoSite, range: NativeRange): Entity {
  return {
    id: range.id,
    name: [siteName, INTERFACE_NAME, range.name].join(NAME_SEPARATOR),
    description: '',
    helperFields: {
      siteId,
      siteName,
      interfaceName: INTERFACE_NAME,
      subnet: range.subnet,
      gateway: range.gateway,
      translatedSubnet: range.translatedSubnet,
      mdnsReflector: range.mdnsReflector,
      microsegmentation: false,
    },
  };
}

const hostEntity = ({ hostId, siteId, name, ip }: StaticHost): Entity => ({
  id: hostId,
  name,
  description: '',
  helperFields: { ip, siteId, interfaceName: INTERFACE_NAME },
});

const allocatedIpEntities = (): Entity[] =>
  ALLOCATED_IPS.map(({ id, ip, popLocation, countryCode }) => ({
    id,
    name: ip,
    description: '',
    helperFields: { allocatedIp: ip, popLocation, countryCode },
  }));

type EntitiesOfSite = (site: CatoSite, context: CatoContext) => Entity[];

const SITE_ENTITIES: Readonly<Record<string, EntitiesOfSite>> = {
  site: (site) => [siteEntity(site)],
  siteRange: (site, { account }) =>
    [site.nativeRange, ...account.ranges.ofSite(site.id)].map((range) => rangeEntity(site, range)),
  networkInterface: (site) => [interfaceEntity(site)],
  host: (site, { account }) => account.hosts.ofSite(site.id).map(hostEntity),
};

/** What lookups and snapshots show: a new site only after the lag, when one is set. */
export function isVisible({ settings, now }: CatoContext, { createdAt }: CatoSite): boolean {
  return settings.consistencyLagMs === 0 || now - createdAt >= settings.consistencyLagMs;
}

function visibleSites(context: CatoContext, ids: readonly string[] | undefined): CatoSite[] {
  const { sites } = context.account;
  const found = ids ? ids.flatMap((id) => sites.get(id) ?? []) : [...sites.values()];
  return found.filter((site) => isVisible(context, site));
}

function entitiesOf(context: CatoContext, { type, parent, entityIDs }: LookupArguments): Entity[] {
  if (type === 'allocatedIP') return parent ? [] : allocatedIpEntities();
  const toEntities = SITE_ENTITIES[type];
  if (!toEntities) return [];
  if (parent && (parent.type !== 'site' || type === 'site')) return [];
  if (type === 'host' && entityIDs?.length && !parent) {
    return entityIDs.flatMap((id) => context.account.hosts.get(id) ?? []).map(hostEntity);
  }
  // The common lookups name their site; the map finds it without a walk over the account.
  const siteIds = parent ? [parent.id] : type === 'site' && entityIDs?.length ? entityIDs : undefined;
  return visibleSites(context, siteIds).flatMap((site) => toEntities(site, context));
}

interface Found {
  page: Entity[];
  total: number;
}

/** A page of all hosts of the account, of which there may be a million: only those of the page are made entities. */
function pageOfHosts({ account: { hosts } }: CatoContext, from: number, limit: number): Found {
  const end = limit === 0 ? hosts.size : from + limit;
  const page: Entity[] = [];
  let at = 0;
  for (const host of hosts.all()) {
    if (at >= end) break;
    if (at >= from) page.push(hostEntity(host));
    at += 1;
  }
  return { page, total: hosts.size };
}

function search(context: CatoContext, lookup: LookupArguments): Found {
  const { type, parent, entityIDs } = lookup;
  const text = lookup.search?.toLowerCase() ?? '';
  const from = lookup.from ?? 0;
  const limit = lookup.limit ?? DEFAULT_LIMIT;
  if (type === 'host' && !parent && !entityIDs?.length && text === '')
    return pageOfHosts(context, from, limit);
  const ids = entityIDs && entityIDs.length > 0 ? new Set(entityIDs) : undefined;
  const matching = entitiesOf(context, lookup).filter(
    ({ id, name, description }) =>
      (!ids || ids.has(id)) &&
      (text === '' || name.toLowerCase().includes(text) || description.toLowerCase().includes(text)),
  );
  const page = matching.slice(from, limit === 0 ? undefined : from + limit);
  return { page, total: matching.length };
}

function entityLookup(context: CatoContext, lookup: LookupArguments): unknown {
  const { page, total } = search(context, lookup);
  return {
    items: page.map(({ id, name, description, helperFields }) => ({
      entity: { id, name, type: lookup.type },
      description,
      helperFields: new FreeJson(helperFields),
    })),
    total,
  };
}

export const lookupResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'Query.entityLookup': entityLookup,
};
