import type { CatoContext } from './context.js';
import type { Resolver } from './execute.js';
import { FreeJson } from './graphql/project.js';
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

function rangeEntity({ id, name, nativeRange }: CatoSite): Entity {
  return {
    id: nativeRange.id,
    name: [name, INTERFACE_NAME, nativeRange.name].join(NAME_SEPARATOR),
    description: '',
    helperFields: {
      siteId: id,
      siteName: name,
      interfaceName: INTERFACE_NAME,
      subnet: nativeRange.subnet,
      gateway: nativeRange.gateway,
      translatedSubnet: nativeRange.translatedSubnet,
      mdnsReflector: nativeRange.mdnsReflector,
      microsegmentation: false,
    },
  };
}

const allocatedIpEntities = (): Entity[] =>
  ALLOCATED_IPS.map(({ id, ip, popLocation, countryCode }) => ({
    id,
    name: ip,
    description: '',
    helperFields: { allocatedIp: ip, popLocation, countryCode },
  }));

const SITE_ENTITIES: Readonly<Record<string, (site: CatoSite) => Entity>> = {
  site: siteEntity,
  siteRange: rangeEntity,
  networkInterface: interfaceEntity,
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
  const toEntity = SITE_ENTITIES[type];
  if (!toEntity) return [];
  if (parent && (parent.type !== 'site' || type === 'site')) return [];
  // The common lookups name their site; the map finds it without a walk over the account.
  const siteIds = parent ? [parent.id] : type === 'site' && entityIDs?.length ? entityIDs : undefined;
  return visibleSites(context, siteIds).map(toEntity);
}

function entityLookup(context: CatoContext, lookup: LookupArguments): unknown {
  const { type, entityIDs } = lookup;
  const search = lookup.search?.toLowerCase() ?? '';
  const ids = entityIDs && entityIDs.length > 0 ? new Set(entityIDs) : undefined;
  const matching = entitiesOf(context, lookup).filter(
    ({ id, name, description }) =>
      (!ids || ids.has(id)) &&
      (search === '' || name.toLowerCase().includes(search) || description.toLowerCase().includes(search)),
  );
  const from = lookup.from ?? 0;
  const limit = lookup.limit ?? DEFAULT_LIMIT;
  const page = matching.slice(from, limit === 0 ? undefined : from + limit);
  return {
    items: page.map(({ id, name, description, helperFields }) => ({
      entity: { id, name, type },
      description,
      helperFields: new FreeJson(helperFields),
    })),
    total: matching.length,
  };
}

export const lookupResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'Query.entityLookup': entityLookup,
};
