import type { Operation } from './context.js';
import { deviceOperations } from './devices.js';
import { networkOperations } from './networks.js';
import { vpnOperations } from './vpn.js';

export interface Route {
  /** The operation's name in the vendor's API description. */
  operation: string;
  method: string;
  segments: readonly string[];
  perform: Operation;
}

export interface MatchedRoute {
  route: Route;
  path: Record<string, string>;
}

export function route(operation: string, method: string, path: string, perform: Operation): Route {
  return { operation, method, segments: path.split('/').slice(1), perform };
}

const {
  getOrganization,
  createOrganizationNetwork,
  getOrganizationNetworks,
  getNetwork,
  updateNetwork,
  deleteNetwork,
} = networkOperations;
const devices = deviceOperations;
const vpn = vpnOperations;

const ORGANIZATION = '/organizations/{organizationId}';
const NETWORK = '/networks/{networkId}';
const DEVICE = '/devices/{serial}';
const SITE_TO_SITE = `${NETWORK}/appliance/vpn/siteToSiteVpn`;
const THIRD_PARTY = `${ORGANIZATION}/appliance/vpn/thirdPartyVPNPeers`;

/** The Terraform provider names the organization as well. */
const networkRoutes = (path: string): Route[] => [
  route('getNetwork', 'GET', path, getNetwork),
  route('updateNetwork', 'PUT', path, updateNetwork),
  route('deleteNetwork', 'DELETE', path, deleteNetwork),
];

/** Everything but the batches, whose actions are these. */
export const configurationRoutes: readonly Route[] = [
  route('getOrganization', 'GET', ORGANIZATION, getOrganization),
  route('getOrganizationNetworks', 'GET', `${ORGANIZATION}/networks`, getOrganizationNetworks),
  route('createOrganizationNetwork', 'POST', `${ORGANIZATION}/networks`, createOrganizationNetwork),
  ...networkRoutes(NETWORK),
  ...networkRoutes(`${ORGANIZATION}${NETWORK}`),
  route('getNetworkDevices', 'GET', `${NETWORK}/devices`, devices.getNetworkDevices),
  route('claimNetworkDevices', 'POST', `${NETWORK}/devices/claim`, devices.claimNetworkDevices),
  route('removeNetworkDevices', 'POST', `${NETWORK}/devices/remove`, devices.removeNetworkDevices),
  route('getOrganizationDevices', 'GET', `${ORGANIZATION}/devices`, devices.getOrganizationDevices),
  route('getDevice', 'GET', DEVICE, devices.getDevice),
  route('updateDevice', 'PUT', DEVICE, devices.updateDevice),
  route(
    'claimIntoOrganizationInventory',
    'POST',
    `${ORGANIZATION}/inventory/claim`,
    devices.claimIntoOrganizationInventory,
  ),
  route(
    'releaseFromOrganizationInventory',
    'POST',
    `${ORGANIZATION}/inventory/release`,
    devices.releaseFromOrganizationInventory,
  ),
  route(
    'getOrganizationInventoryDevices',
    'GET',
    `${ORGANIZATION}/inventory/devices`,
    devices.getOrganizationInventoryDevices,
  ),
  route('getNetworkApplianceVpnSiteToSiteVpn', 'GET', SITE_TO_SITE, vpn.getNetworkApplianceVpnSiteToSiteVpn),
  route(
    'updateNetworkApplianceVpnSiteToSiteVpn',
    'PUT',
    SITE_TO_SITE,
    vpn.updateNetworkApplianceVpnSiteToSiteVpn,
  ),
  route(
    'getOrganizationApplianceVpnThirdPartyVPNPeers',
    'GET',
    THIRD_PARTY,
    vpn.getOrganizationApplianceVpnThirdPartyVPNPeers,
  ),
  route(
    'updateOrganizationApplianceVpnThirdPartyVPNPeers',
    'PUT',
    THIRD_PARTY,
    vpn.updateOrganizationApplianceVpnThirdPartyVPNPeers,
  ),
];

export function matchRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | undefined {
  const parts = path.split('/').slice(1);
  for (const candidate of routes) {
    if (candidate.method !== method || candidate.segments.length !== parts.length) continue;
    const values: Record<string, string> = {};
    const isMatch = candidate.segments.every((segment, place) => {
      const part = parts[place] ?? '';
      if (!segment.startsWith('{')) return segment === part;
      values[segment.slice(1, -1)] = decode(part);
      return part !== '';
    });
    if (isMatch) return { route: candidate, path: values };
  }
  return undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
