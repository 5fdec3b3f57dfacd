import type { ObjectValue, Value } from '../../terraform-plugin/index.js';
import { list, number, object, text } from './read-value.js';

export type LastMileBandwidthModel = {
  readonly downstream: number | null;
  readonly upstream: number | null;
  readonly downstream_mbps_precision: number | null;
  readonly upstream_mbps_precision: number | null;
};

/** Computed values are `Value`: until the provider has decided them they are unknown. */
export type TunnelModel = {
  readonly tunnel_id: Value;
  readonly public_site_ip: string | null;
  readonly private_cato_ip: string | null;
  readonly private_site_ip: string | null;
  readonly psk: string | null;
  readonly last_mile_bw: LastMileBandwidthModel | null;
};

export type TunnelGroupModel = {
  readonly destination_type: string | null;
  readonly public_cato_ip_id: string | null;
  readonly pop_location_id: string | null;
  readonly tunnels: readonly TunnelModel[] | null;
};

export type CryptoMessageModel = {
  readonly cipher: string | null;
  readonly dh_group: string | null;
  readonly integrity: string | null;
  readonly prf: string | null;
};

export type IpsecModel = {
  readonly site_id: Value;
  readonly primary: TunnelGroupModel | null;
  readonly secondary: TunnelGroupModel | null;
  readonly connection_mode: string | null;
  readonly identification_type: string | null;
  readonly init_message: CryptoMessageModel | null;
  readonly auth_message: CryptoMessageModel | null;
  readonly network_ranges: readonly string[] | null;
};

export type SiteLocationModel = {
  readonly country_code: string | null;
  readonly timezone: string | null;
  readonly state_code: string | null;
  readonly address: string | null;
  readonly city: string | null;
};

/** A `cato_ipsec_site` in the types that its schema promises. */
export type IpsecSiteModel = {
  readonly id: Value;
  readonly name: string | null;
  readonly site_type: string | null;
  readonly description: string | null;
  readonly native_network_range: string | null;
  readonly native_network_range_id: Value;
  readonly interface_id: Value;
  readonly site_location: SiteLocationModel | null;
  readonly ipsec: IpsecModel | null;
};

export function toIpsecSite(value: ObjectValue): IpsecSiteModel {
  return {
    id: value['id'] ?? null,
    name: text(value['name']),
    site_type: text(value['site_type']),
    description: text(value['description']),
    native_network_range: text(value['native_network_range']),
    native_network_range_id: value['native_network_range_id'] ?? null,
    interface_id: value['interface_id'] ?? null,
    site_location: object(value['site_location'], toLocation),
    ipsec: object(value['ipsec'], toIpsec),
  };
}

function toLocation(value: ObjectValue): SiteLocationModel {
  return {
    country_code: text(value['country_code']),
    timezone: text(value['timezone']),
    state_code: text(value['state_code']),
    address: text(value['address']),
    city: text(value['city']),
  };
}

function toIpsec(value: ObjectValue): IpsecModel {
  return {
    site_id: value['site_id'] ?? null,
    primary: object(value['primary'], toTunnelGroup),
    secondary: object(value['secondary'], toTunnelGroup),
    connection_mode: text(value['connection_mode']),
    identification_type: text(value['identification_type']),
    init_message: object(value['init_message'], toCryptoMessage),
    auth_message: object(value['auth_message'], toCryptoMessage),
    network_ranges: list(value['network_ranges'], text),
  };
}

function toTunnelGroup(value: ObjectValue): TunnelGroupModel {
  return {
    destination_type: text(value['destination_type']),
    public_cato_ip_id: text(value['public_cato_ip_id']),
    pop_location_id: text(value['pop_location_id']),
    tunnels: list(value['tunnels'], (item) => object(item, toTunnel)),
  };
}

function toTunnel(value: ObjectValue): TunnelModel {
  return {
    tunnel_id: value['tunnel_id'] ?? null,
    public_site_ip: text(value['public_site_ip']),
    private_cato_ip: text(value['private_cato_ip']),
    private_site_ip: text(value['private_site_ip']),
    psk: text(value['psk']),
    last_mile_bw: object(value['last_mile_bw'], toLastMileBandwidth),
  };
}

function toLastMileBandwidth(value: ObjectValue): LastMileBandwidthModel {
  return {
    downstream: number(value['downstream']),
    upstream: number(value['upstream']),
    downstream_mbps_precision: number(value['downstream_mbps_precision']),
    upstream_mbps_precision: number(value['upstream_mbps_precision']),
  };
}

function toCryptoMessage(value: ObjectValue): CryptoMessageModel {
  return {
    cipher: text(value['cipher']),
    dh_group: text(value['dh_group']),
    integrity: text(value['integrity']),
    prf: text(value['prf']),
  };
}
