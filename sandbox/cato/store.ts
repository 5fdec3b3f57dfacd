import { NetworkRangeStore, type NativeRange, type NetworkRange } from './network-range-store.js';
import { StaticHostStore, type StaticHost } from './static-host-store.js';

/** What the simulated vendor stores. Names follow the vendor's API, so that answers are mostly the stored objects. */
export interface CatoTunnel {
  tunnelId: string;
  name: string | null;
  role: string | null;
  publicSiteIp: string | null;
  privateSiteIp: string | null;
  privateCatoIp: string | null;
  lastMileBw: Record<string, unknown>;
  /** Kept in clear for the admin API alone: tests must prove that values arrive as typed. The vendor never returns it. */
  psk: string;
}

export interface TunnelGroup {
  destinationType: string | null;
  popLocationId: string | null;
  publicCatoIpId: string | null;
  tunnels: CatoTunnel[];
}

export interface SiteLocation {
  countryCode: string;
  timezone: string;
  stateCode: string | null;
  address: string | null;
  cityName: string | null;
}

export interface CatoSite {
  id: string;
  name: string;
  siteType: string;
  description: string | null;
  location: SiteLocation;
  vlan: number | null;
  connectionMode: string;
  identificationType: string;
  initMessage: Record<string, unknown>;
  authMessage: Record<string, unknown>;
  networkRanges: unknown[];
  preferredPopLocation: Record<string, unknown> | null;
  interfaceId: string;
  nativeRange: NativeRange;
  primary: TunnelGroup | null;
  secondary: TunnelGroup | null;
  createdAt: number;
  modifiedAt: number;
}

export interface BgpPeer {
  id: string;
  siteId: string;
  name: string;
  peerAsn: number | string;
  catoAsn: number | string;
  peerIp: string;
  defaultAction: string;
  advertiseDefaultRoute: boolean;
  advertiseAllRoutes: boolean;
  advertiseSummaryRoutes: boolean;
  performNat: boolean;
  metric: number;
  holdTime: number;
  keepaliveInterval: number;
  bfdEnabled: boolean;
  bfdSettings: Record<string, unknown>;
  md5AuthKey: string | null;
  summaryRoute: Record<string, unknown>[];
  defaultRouteCommunities: unknown[];
  defaultActionExclusion: unknown[];
  tracking: Record<string, unknown> | null;
}

export class AccountStore {
  readonly id: string;
  readonly sites = new Map<string, CatoSite>();
  readonly bgpPeers = new Map<string, BgpPeer>();
  readonly hosts = new StaticHostStore();
  readonly ranges = new NetworkRangeStore();
  /** Ids of sites by name, native range and interface, kept beside the sites so that no call scans the account. */
  readonly #siteIdByName = new Map<string, string>();
  readonly #siteIdByRange = new Map<string, string>();
  readonly #siteIdByInterface = new Map<string, string>();

  constructor(id: string) {
    this.id = id;
  }

  addSite(site: CatoSite): void {
    this.sites.set(site.id, site);
    this.#siteIdByName.set(site.name, site.id);
    this.#siteIdByRange.set(site.nativeRange.id, site.id);
    this.#siteIdByInterface.set(site.interfaceId, site.id);
  }

  siteNamed(name: string): CatoSite | undefined {
    return this.sites.get(this.#siteIdByName.get(name) ?? '');
  }

  siteOfRange(rangeId: string): CatoSite | undefined {
    return this.sites.get(this.#siteIdByRange.get(rangeId) ?? '');
  }

  siteOfInterface(interfaceId: string): CatoSite | undefined {
    return this.sites.get(this.#siteIdByInterface.get(interfaceId) ?? '');
  }

  renameSite(site: CatoSite, name: string): void {
    this.#siteIdByName.delete(site.name);
    site.name = name;
    this.#siteIdByName.set(name, site.id);
  }

  /** With everything below it. */
  removeSite(site: CatoSite): void {
    this.sites.delete(site.id);
    this.#siteIdByName.delete(site.name);
    this.#siteIdByRange.delete(site.nativeRange.id);
    this.#siteIdByInterface.delete(site.interfaceId);
    this.hosts.removeSite(site.id);
    this.ranges.removeSite(site.id);
    for (const peer of this.bgpPeers.values()) {
      if (peer.siteId === site.id) this.bgpPeers.delete(peer.id);
    }
  }
}

/** The next numbers of ids, far apart, so that a reader sees what an id is of. */
const firstNumbers = () => ({
  site: 100_001,
  range: 14_000_001,
  interface: 500_001,
  host: 70_000_001,
  bgpPeer: 1,
  route: 1,
});

/** The store as plain data, to be written to a file and read again. */
export interface SavedStore {
  numbers: Partial<ReturnType<typeof firstNumbers>>;
  /** What an earlier version did not have may be missing. */
  accounts: {
    id: string;
    sites: CatoSite[];
    bgpPeers: BgpPeer[];
    hosts?: StaticHost[];
    ranges?: NetworkRange[];
  }[];
}

/** All accounts; ids are never used twice among them, so that a foreign id is found nowhere. */
export class CatoStore {
  readonly #accounts = new Map<string, AccountStore>();
  #numbers = firstNumbers();

  account(id: string): AccountStore {
    let account = this.#accounts.get(id);
    if (!account) this.#accounts.set(id, (account = new AccountStore(id)));
    return account;
  }

  /** For readers that must not create an account by looking. */
  existing(id: string): AccountStore | undefined {
    return this.#accounts.get(id);
  }

  accountIds(): string[] {
    return [...this.#accounts.keys()];
  }

  nextSiteId(): string {
    return String(this.#numbers.site++);
  }

  nextRangeId(): string {
    return Buffer.from(`N${this.#numbers.range++}`).toString('base64');
  }

  nextInterfaceId(): string {
    return String(this.#numbers.interface++);
  }

  nextHostId(): string {
    return String(this.#numbers.host++);
  }

  nextBgpPeerId(): string {
    return `bgp-peer-${this.#numbers.bgpPeer++}`;
  }

  nextRouteId(): string {
    return `summary-route-${this.#numbers.route++}`;
  }

  /** Numbers go on: an id that a client still remembers must not come to mean something else. */
  reset(): void {
    this.#accounts.clear();
  }

  save(): SavedStore {
    const accounts = [...this.#accounts.values()].map(({ id, sites, bgpPeers, hosts, ranges }) => ({
      id,
      sites: [...sites.values()],
      bgpPeers: [...bgpPeers.values()],
      hosts: [...hosts.all()],
      ranges: ranges.all(),
    }));
    return { numbers: this.#numbers, accounts };
  }

  load({ numbers, accounts }: SavedStore): void {
    this.#accounts.clear();
    this.#numbers = { ...firstNumbers(), ...numbers };
    for (const { id, sites, bgpPeers, hosts = [], ranges = [] } of accounts) {
      const account = this.account(id);
      for (const site of sites) account.addSite(site);
      for (const peer of bgpPeers) account.bgpPeers.set(peer.id, peer);
      for (const host of hosts) account.hosts.add(host);
      for (const range of ranges) account.ranges.add(range);
    }
  }
}
