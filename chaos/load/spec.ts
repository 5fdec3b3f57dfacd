/** The customers, sites, tunnels and devices of the load, and the values that one variation of a spec has. */

export interface Generation {
  /** Grows when sites are left behind because something about them is wrong. */
  number: number;
  /** Tells the customers of one system from those of an earlier one on the same stores. */
  prefix: string;
}

export const customerName = ({ number, prefix }: Generation, customer: number): string =>
  `${prefix}${number}-c${customer}`;
export const accountId = (generation: Generation, customer: number): string =>
  customerName(generation, customer);
export const siteName = (site: number): string => `s${site}`;
export const tunnelName = (tunnel: number): string => `t${tunnel}`;
export const deviceName = (device: number): string => `d${device}`;

const BASE_BANDWIDTH = 1_000;

/** The key can be told from what is visible: the vendor must hold those two together. */
export const pskOf = (tunnel: string, bandwidthDown: number): string =>
  `psk-of-${tunnel}-at-${bandwidthDown}`;

/** A tunnel as a request asks for it. Whether it has BGP, and with which number, is part of the variation. */
export function tunnelBody(tunnel: number, variation: number): Record<string, unknown> {
  const down = BASE_BANDWIDTH + variation;
  const name = tunnelName(tunnel);
  const hasBgp = (variation + tunnel) % 3 !== 0;
  return {
    name,
    role: tunnel === 3 ? 'secondary' : 'primary',
    publicSiteIp: `203.0.113.${tunnel * 10 + (variation % 10)}`,
    privateSiteIp: `169.254.${tunnel}.2`,
    privateCatoIp: `169.254.${tunnel}.1`,
    psk: pskOf(name, down),
    bandwidthMbps: { down, up: 100 + (variation % 50) },
    ...(hasBgp && { bgp: { peerAsn: 65_000 + (variation % 500), metric: 100 + (variation % 7) } }),
  };
}

/** How many tunnels a site has never changes while it exists: the vendor's provider cannot do that. */
const tunnelsOf = (site: number): number[] => (site % 3 === 0 ? [1, 2, 3] : site % 3 === 1 ? [1, 3] : [1]);

export function siteBody(site: number, variation: number): Record<string, unknown> {
  return {
    vendor: 'cato',
    siteType: variation % 2 === 0 ? 'BRANCH' : 'DATACENTER',
    description: `variation ${variation}`,
    networkRange: `10.${site}.0.0/24`,
    location: { countryCode: 'FR', timezone: 'Europe/Paris' },
    tunnels: tunnelsOf(site).map((tunnel) => tunnelBody(tunnel, variation)),
  };
}

/** Each device moves within addresses of its own: no request is one that the vendor has to refuse. */
const ADDRESSES_PER_DEVICE = 20;

const twoDigits = (value: number): string => String(value % 100).padStart(2, '0');

/** A device as a request asks for it. A MAC address can be set in place, and not taken away. */
export function deviceBody(site: number, device: number, variation: number): Record<string, unknown> {
  const host = device * ADDRESSES_PER_DEVICE + (variation % ADDRESSES_PER_DEVICE);
  return {
    ip: `10.${site}.0.${host}`,
    ...(variation % 3 === 0 && { macAddress: `00:11:22:33:${twoDigits(device)}:${twoDigits(variation)}` }),
    ...(variation % 5 === 0 && { description: `variation ${variation}` }),
  };
}
