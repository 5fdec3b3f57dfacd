/** One site with as many tunnels and BGP peers as asked for, in the form that plans cleanly. */
export interface SiteConfiguration {
  readonly name?: string;
  readonly description?: string;
  readonly range?: string;
  readonly psks?: readonly string[];
  readonly peers?: number;
  readonly peerMetric?: number;
  readonly accountId?: string;
  /** Further arguments of the provider block. */
  readonly provider?: string;
}

export const ACCOUNT_ID = '1234';

export function siteConfiguration({
  name = 'acme-paris',
  description = 'acme paris',
  range = '10.20.0.0/24',
  psks = ['first pre-shared key'],
  peers = 1,
  peerMetric,
  accountId = ACCOUNT_ID,
  provider = '',
}: SiteConfiguration = {}): string {
  const tunnels = psks.map(
    (psk, index) => `{
        public_site_ip  = "203.0.113.${10 + index}"
        private_cato_ip = "169.254.${10 + index}.1"
        private_site_ip = "169.254.${10 + index}.2"
        psk             = ${hclString(psk)}
        last_mile_bw    = { downstream = 100, upstream = 50 }
      }`,
  );
  const peer = (index: number): string => `
resource "cato_bgp_peer" "peer${index}" {
  site_id        = cato_ipsec_site.site.id
  name           = "peer ${index}"
  peer_asn       = 65001
  cato_asn       = 65000
  peer_ip        = "169.254.${10 + index}.2"
  default_action = "ACCEPT"
  summary_route  = []
  bfd_settings   = { transmit_interval = 1000, receive_interval = 1000, multiplier = 5 }
  ${peerMetric === undefined ? '' : `metric = ${peerMetric}`}
}
`;
  return `
terraform {
  required_providers {
    cato = {
      source  = "registry.terraform.io/catonetworks/cato"
      version = "0.0.96"
    }
  }
}

provider "cato" {
  account_id = "${accountId}"
  ${provider}
}

resource "cato_ipsec_site" "site" {
  name                 = ${hclString(name)}
  site_type            = "BRANCH"
  description          = ${hclString(description)}
  native_network_range = ${hclString(range)}
  site_location        = { country_code = "FR", timezone = "Europe/Paris" }
  ipsec = {
    primary = {
      public_cato_ip_id = "77"
      tunnels = [${tunnels.join(', ')}]
    }
  }
}
${Array.from({ length: peers }, (_unused, index) => peer(index)).join('')}
output "site_id" {
  value = cato_ipsec_site.site.id
}
`;
}

/** A literal that means exactly this text: templates are escaped. */
function hclString(text: string): string {
  return JSON.stringify(text).replace(/[$%](?=\{)/g, '$&$&');
}
