import type { CatoContext } from './context.js';
import type { Resolver } from './execute.js';
import { FieldWithArguments } from './graphql/project.js';
import { isVisible } from './lookups.js';
import type { CatoSite } from './store.js';

const countryNames = new Intl.DisplayNames(['en'], { type: 'region' });

function countryNameOf(code: string): string {
  return /^[A-Za-z]{2}$/.test(code) ? (countryNames.of(code.toUpperCase()) ?? code) : code;
}

function ipsecInfo(site: CatoSite): unknown[] {
  return (['primary', 'secondary'] as const).flatMap((side) =>
    (site[side]?.tunnels ?? []).map(({ publicSiteIp }) => ({
      isPrimary: side === 'primary',
      catoIP: null,
      remoteIP: publicSiteIp,
      ikeVersion: 2,
      tunnelConfig: null,
    })),
  );
}

function siteInfo(site: CatoSite): unknown {
  const { countryCode, cityName, stateCode, address } = site.location;
  return {
    name: site.name,
    type: site.siteType,
    description: site.description ?? '',
    countryCode,
    region: null,
    countryName: countryNameOf(countryCode),
    // The name belongs to the code; without a code there must be none, or clients see a state that nobody set.
    countryStateName: stateCode,
    cityName,
    address,
    isHA: false,
    connType: 'IPSEC_V2',
    creationTime: new Date(site.createdAt).toISOString(),
    interfaces: [],
    sockets: [],
    ipsec: ipsecInfo(site),
  };
}

/** Nobody dials into the sandbox: a provisioned tunnel stays disconnected. */
function siteSnapshot(site: CatoSite): Record<string, unknown> {
  return {
    id: site.id,
    protoId: Number(site.id),
    connectivityStatus: 'disconnected',
    haStatus: null,
    operationalStatus: 'active',
    lastConnected: null,
    connectedSince: null,
    popName: null,
    devices: [],
    info: siteInfo(site),
    hostCount: 0,
    altWanStatus: null,
  };
}

function accountSnapshot(context: CatoContext): unknown {
  const { account, now } = context;
  const sites = new FieldWithArguments(({ siteIDs }) => {
    const ids = Array.isArray(siteIDs) && siteIDs.length > 0 ? siteIDs.map(String) : undefined;
    const found = ids ? ids.flatMap((id) => account.sites.get(id) ?? []) : [...account.sites.values()];
    return found.filter((site) => isVisible(context, site)).map(siteSnapshot);
  });
  return { id: account.id, sites, users: [], timestamp: new Date(now).toISOString() };
}

export const snapshotResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'Query.accountSnapshot': accountSnapshot,
};
