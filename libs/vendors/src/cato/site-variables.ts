import { ownershipMark } from '../ownership-mark.js';
import type { VendorConnection } from '../connection.js';
import type { SiteToConverge } from '../vendor.js';
import type { CatoSite } from './site-spec.js';

/** The variables of `terraform/variables.tf`. */
export function siteVariables(
  { resourceId, vendorName, spec }: SiteToConverge<CatoSite>,
  connection: VendorConnection,
): Record<string, unknown> {
  const { location } = spec;
  return {
    connection: { base_url: connection.baseUrl, account_id: connection.accountId },
    token: connection.credentials['token'],
    site: {
      name: vendorName,
      site_type: spec.siteType,
      description: `${spec.description}${ownershipMark(resourceId)}`,
      native_network_range: spec.networkRange,
      location: {
        country_code: location.countryCode,
        timezone: location.timezone,
        state_code: location.stateCode,
        city: location.city,
        address: location.address,
      },
      tunnels: spec.tunnels.map((tunnel) => ({
        name: tunnel.name,
        role: tunnel.role,
        public_cato_ip_id: tunnel.publicCatoIpId,
        public_site_ip: tunnel.publicSiteIp,
        private_site_ip: tunnel.privateSiteIp,
        private_cato_ip: tunnel.privateCatoIp,
        bandwidth: tunnel.bandwidthMbps,
      })),
    },
    psks: Object.fromEntries(spec.tunnels.map((tunnel) => [tunnel.name, tunnel.psk])),
    peers: Object.fromEntries(
      spec.tunnels.flatMap((tunnel) =>
        tunnel.bgp === undefined
          ? []
          : [
              [
                tunnel.name,
                {
                  peer_ip: tunnel.privateSiteIp,
                  peer_asn: tunnel.bgp.peerAsn,
                  cato_asn: tunnel.bgp.catoAsn,
                  default_action: tunnel.bgp.defaultAction,
                  advertise_default_route: tunnel.bgp.advertiseDefaultRoute,
                  advertise_all_routes: tunnel.bgp.advertiseAllRoutes,
                  advertise_summary_routes: tunnel.bgp.advertiseSummaryRoutes,
                  perform_nat: tunnel.bgp.performNat,
                  metric: tunnel.bgp.metric,
                  hold_time: tunnel.bgp.holdTime,
                  keepalive_interval: tunnel.bgp.keepaliveInterval,
                  bfd_enabled: tunnel.bgp.bfdEnabled,
                },
              ],
            ],
      ),
    ),
    md5_auth_keys: Object.fromEntries(
      spec.tunnels.flatMap((tunnel) =>
        typeof tunnel.bgp?.md5AuthKey === 'string' ? [[tunnel.name, tunnel.bgp.md5AuthKey]] : [],
      ),
    ),
  };
}
