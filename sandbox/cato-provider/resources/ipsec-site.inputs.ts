import type { Value } from '../../terraform-plugin/index.js';
import type {
  CryptoMessageModel,
  IpsecModel,
  IpsecSiteModel,
  SiteLocationModel,
  TunnelGroupModel,
  TunnelModel,
} from './ipsec-site.model.js';

/** Input objects leave out what is not set; JSON does that with `undefined`. */
type Input = Record<string, unknown>;

const RESPONDER_ONLY = 'RESPONDER_ONLY';

export function addSiteInput(site: IpsecSiteModel): Input {
  const location = site.site_location;
  return {
    name: site.name,
    siteType: site.site_type,
    nativeNetworkRange: site.native_network_range,
    siteLocation: { ...commonLocation(location), city: set(location?.city) },
    description: set(site.description),
  };
}

/** The vendor's provider does not send the city here, so a changed city never arrives. */
export function updateSiteInput(site: IpsecSiteModel): Input {
  return {
    name: set(site.name),
    description: set(site.description),
    siteType: set(site.site_type),
    siteLocation: commonLocation(site.site_location),
  };
}

export function ipsecDetailsInput(ipsec: IpsecModel | null): Input {
  return {
    connectionMode: set(ipsec?.connection_mode),
    identificationType:
      ipsec?.connection_mode === RESPONDER_ONLY ? set(ipsec.identification_type) : undefined,
    initMessage: cryptoInput(ipsec?.init_message),
    authMessage: cryptoInput(ipsec?.auth_message),
    networkRanges: ipsec?.network_ranges?.length ? ipsec.network_ranges : undefined,
  };
}

export function addTunnelsInput(ipsec: IpsecModel | null): Input {
  return {
    primary: groupInput(ipsec?.primary, tunnelInput),
    secondary: groupInput(ipsec?.secondary, tunnelInput),
  };
}

export function updateTunnelsInput(ipsec: IpsecModel | null): Input {
  const withId =
    (group: 'PRIMARY' | 'SECONDARY') =>
    (tunnel: TunnelModel, index: number): Input => ({
      ...tunnelInput(tunnel),
      tunnelId: knownId(tunnel.tunnel_id) ?? `${group}${index + 1}`,
    });
  return {
    primary: groupInput(ipsec?.primary, withId('PRIMARY')),
    secondary: groupInput(ipsec?.secondary, withId('SECONDARY')),
  };
}

function groupInput(
  group: TunnelGroupModel | null | undefined,
  tunnel: (tunnel: TunnelModel, index: number) => Input,
): Input | undefined {
  return group
    ? {
        destinationType: set(group.destination_type),
        publicCatoIpId: set(group.public_cato_ip_id),
        popLocationId: set(group.pop_location_id),
        tunnels: (group.tunnels ?? []).map(tunnel),
      }
    : undefined;
}

/** The bandwidth is always sent, empty when it is not set; its two precisions never are. */
function tunnelInput(tunnel: TunnelModel): Input {
  return {
    publicSiteIp: set(tunnel.public_site_ip),
    privateCatoIp: set(tunnel.private_cato_ip),
    privateSiteIp: set(tunnel.private_site_ip),
    psk: tunnel.psk,
    lastMileBw: {
      downstream: set(tunnel.last_mile_bw?.downstream),
      upstream: set(tunnel.last_mile_bw?.upstream),
    },
  };
}

function cryptoInput(message: CryptoMessageModel | null | undefined): Input | undefined {
  return message
    ? {
        cipher: set(message.cipher),
        dhGroup: set(message.dh_group),
        integrity: set(message.integrity),
        prf: set(message.prf),
      }
    : undefined;
}

function commonLocation(location: SiteLocationModel | null): Input {
  return {
    countryCode: set(location?.country_code),
    timezone: set(location?.timezone),
    stateCode: set(location?.state_code),
    address: set(location?.address),
  };
}

function set<Item>(value: Item | null | undefined): Item | undefined {
  return value ?? undefined;
}

function knownId(value: Value): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
