import type { Resolver } from './execute.js';
import {
  assignGiven,
  siteById,
  siteByRef,
  type CatoContext,
  type ObjectRef,
  type SiteArguments,
} from './context.js';
import { OperationRefused } from './graphql/graphql-error.js';
import { localIdOf } from './tunnels.js';
import type { CatoSite } from './store.js';

interface AddSiteInput {
  name: string;
  siteType: string;
  nativeNetworkRange: string;
  siteLocation: {
    countryCode: string;
    timezone: string;
    stateCode?: string;
    address?: string;
    city?: string;
  };
  description?: string | null;
  vlan?: number | null;
}

interface UpdateSiteInput {
  name?: string | null;
  description?: string | null;
  siteType?: string | null;
  siteLocation?: Record<string, unknown> | null;
  preferredPopLocation?: Record<string, unknown> | null;
}

interface IpsecDetailsInput {
  connectionMode?: string | null;
  identificationType?: string | null;
  initMessage?: Record<string, unknown> | null;
  authMessage?: Record<string, unknown> | null;
  networkRanges?: unknown[] | null;
}

const automaticMessage = (): Record<string, unknown> => ({
  cipher: 'AUTOMATIC',
  dhGroup: 'AUTOMATIC',
  integrity: 'AUTOMATIC',
  prf: 'AUTOMATIC',
});

function refuseTakenName({ account }: CatoContext, name: string): void {
  if (account.siteNamed(name)) throw new OperationRefused(`Site with name "${name}" already exists`);
}

function addIpsecSite(context: CatoContext, { input }: { input: AddSiteInput }): unknown {
  const { store, account, now } = context;
  refuseTakenName(context, input.name);
  const { countryCode, timezone, stateCode, address, city } = input.siteLocation;
  const site: CatoSite = {
    id: store.nextSiteId(),
    name: input.name,
    siteType: input.siteType,
    description: input.description ?? null,
    location: {
      countryCode,
      timezone,
      stateCode: stateCode ?? null,
      address: address ?? null,
      cityName: city ?? null,
    },
    vlan: input.vlan ?? null,
    connectionMode: 'BIDIRECTIONAL',
    identificationType: 'IPV4',
    initMessage: automaticMessage(),
    authMessage: automaticMessage(),
    networkRanges: [],
    preferredPopLocation: null,
    interfaceId: store.nextInterfaceId(),
    nativeRange: {
      id: store.nextRangeId(),
      name: 'Native Range',
      subnet: input.nativeNetworkRange,
      gateway: null,
      localIp: null,
      vlan: input.vlan ?? null,
      translatedSubnet: null,
      mdnsReflector: false,
      internetOnly: false,
      dhcpSettings: null,
    },
    primary: null,
    secondary: null,
    createdAt: now,
    modifiedAt: now,
  };
  account.addSite(site);
  return { siteId: site.id };
}

function updateSite(context: CatoContext, { siteId, input }: SiteArguments<UpdateSiteInput>): unknown {
  const site = siteById(context, siteId);
  const { name, siteLocation, ...rest } = input;
  if (typeof name === 'string' && name !== site.name) {
    refuseTakenName(context, name);
    context.account.renameSite(site, name);
  }
  assignGiven(site, rest);
  assignGiven(site.location, siteLocation ?? {});
  site.modifiedAt = context.now;
  return { siteId: site.id };
}

function updateIpsecDetails(
  context: CatoContext,
  { siteId, input }: SiteArguments<IpsecDetailsInput>,
): unknown {
  const site = siteById(context, siteId);
  const { initMessage, authMessage, ...rest } = input;
  assignGiven(site, rest);
  assignGiven(site.initMessage, initMessage ?? {});
  assignGiven(site.authMessage, authMessage ?? {});
  site.modifiedAt = context.now;
  return { siteId: site.id, localId: localIdOf(site, '') };
}

function removeSite(context: CatoContext, { siteId }: { siteId: string }): unknown {
  const site = siteById(context, siteId);
  context.account.removeSite(site);
  return { siteId: site.id };
}

function siteGeneralDetails(context: CatoContext, { site: ref }: { site: ObjectRef }): unknown {
  const site = siteByRef(context, ref);
  return {
    site: { id: site.id, name: site.name },
    siteType: site.siteType,
    description: site.description,
    siteLocation: site.location,
    preferredPopLocation: site.preferredPopLocation,
    workingHours: null,
    disableAclForSip: null,
  };
}

export const siteResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'SiteMutations.addIpsecIkeV2Site': addIpsecSite,
  'SiteMutations.updateSiteGeneralDetails': updateSite,
  'SiteMutations.updateIpsecIkeV2SiteGeneralDetails': updateIpsecDetails,
  'SiteMutations.removeSite': removeSite,
  'SiteQueries.siteGeneralDetails': siteGeneralDetails,
};
