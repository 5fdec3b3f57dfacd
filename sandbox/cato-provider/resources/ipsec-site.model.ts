import type { ObjectValue, Value } from '../../terraform-plugin/index.js';

/** Computed values are `Value`: until the provider has decided them they are unknown. */
export interface TunnelModel {
  readonly tunnel_id: Value;
  readonly public_site_ip: string | null;
  readonly private_cato_ip: string | null;
  readonly private_site_ip: string | null;
  readonly psk: string | null;
  readonly last_mile_bw: { readonly downstream: number | null; readonly upstream: number | null } | null;
}

export interface TunnelGroupModel {
  readonly destination_type: string | null;
  readonly public_cato_ip_id: string | null;
  readonly pop_location_id: string | null;
  readonly tunnels: readonly TunnelModel[] | null;
}

export interface CryptoMessageModel {
  readonly cipher: string | null;
  readonly dh_group: string | null;
  readonly integrity: string | null;
  readonly prf: string | null;
}

export interface IpsecModel {
  readonly site_id: Value;
  readonly primary: TunnelGroupModel | null;
  readonly secondary: TunnelGroupModel | null;
  readonly connection_mode: string | null;
  readonly identification_type: string | null;
  readonly init_message: CryptoMessageModel | null;
  readonly auth_message: CryptoMessageModel | null;
  readonly network_ranges: readonly string[] | null;
}

export interface SiteLocationModel {
  readonly country_code: string | null;
  readonly timezone: string | null;
  readonly state_code: string | null;
  readonly address: string | null;
  readonly city: string | null;
}

/** A `cato_ipsec_site` in the types that its schema promises. */
export interface IpsecSiteModel {
  readonly id: Value;
  readonly name: string | null;
  readonly site_type: string | null;
  readonly description: string | null;
  readonly native_network_range: string | null;
  readonly native_network_range_id: Value;
  readonly interface_id: Value;
  readonly site_location: SiteLocationModel | null;
  readonly ipsec: IpsecModel | null;
}

/** Terraform has checked the value against the schema before the provider sees it. */
export function toIpsecSite(value: ObjectValue): IpsecSiteModel {
  return value as unknown as IpsecSiteModel;
}

export function fromIpsecSite(site: IpsecSiteModel): ObjectValue {
  return site as unknown as ObjectValue;
}
