/** A vendor account is a customer's; its calls are limited, so the work is spread over many. */
export interface WorkItem {
  /** Customer and vendor account at once. */
  account: string;
  site: string;
  /** Position in its batch. */
  index: number;
}

/** As many as a busy operator has at least. */
const MIN_ACCOUNTS = 60;
/** Cato's `entityLookup`, the scarcest call: so many a minute and account. */
export const LOOKUPS_PER_MINUTE = 30;
/** A site's calls of it, should its create, edit and delete all fall into one minute. */
export const LOOKUPS_PER_SITE = 4 + 3 + 1;
const SITES_PER_ACCOUNT = Math.floor(LOOKUPS_PER_MINUTE / LOOKUPS_PER_SITE);

/** Accounts for so many sites at once: no limit is reached, however fast the sites come. */
export const accountsFor = (sites: number): number =>
  Math.max(MIN_ACCOUNTS, Math.ceil(sites / SITES_PER_ACCOUNT));

/** Spreads sites evenly over accounts that nobody else uses; neighbours are of different accounts. */
export function spread(batch: string, sites: number): { accounts: string[]; items: WorkItem[] } {
  const accounts = Array.from({ length: accountsFor(sites) }, (_, index) => `${batch}-${index + 1}`);
  const items = Array.from({ length: sites }, (_, index) => ({
    account: accounts[index % accounts.length] ?? batch,
    site: `site-${index + 1}`,
    index,
  }));
  return { accounts, items };
}

const octet = (index: number): number => 1 + (index % 250);

/** A site of two tunnels, each with BGP: three Terraform resources. */
export function siteBody({ index }: Pick<WorkItem, 'index'>, edition = 1): Record<string, unknown> {
  const tunnel = (name: string, role: string, third: number) => ({
    name,
    role,
    publicSiteIp: `203.0.113.${octet(index)}`,
    privateSiteIp: `169.254.${third}.2`,
    privateCatoIp: `169.254.${third}.1`,
    psk: `preshared-key-${edition}-of-${name}`,
    bandwidthMbps: { down: 100 * edition, up: 50 },
    bgp: { peerAsn: 65_001 + octet(index) },
  });
  return {
    vendor: 'cato',
    siteType: 'BRANCH',
    description: `Branch ${index + 1}, edition ${edition}`,
    networkRange: `10.${octet(index)}.${octet(Math.floor(index / 250))}.0/24`,
    location: { countryCode: 'FR', timezone: 'Europe/Paris' },
    tunnels: [tunnel('fibre', 'primary', 10), tunnel('lte', 'secondary', 11)],
  };
}

/** What a finished create has at the vendor. */
export const OBJECTS_PER_SITE = { sites: 1, bgpPeers: 2 } as const;
