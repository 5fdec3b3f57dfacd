import type { ObjectValue, Value } from '../../terraform-plugin/index.js';

export interface BgpPeerModel {
  readonly id: Value;
  readonly site_id: string | null;
  readonly name: string | null;
  readonly peer_asn: number | null;
  readonly cato_asn: number | null;
  readonly peer_ip: string | null;
  readonly default_action: string | null;
  readonly advertise_default_route: boolean | null;
  readonly advertise_all_routes: boolean | null;
  readonly advertise_summary_routes: boolean | null;
  readonly perform_nat: boolean | null;
  readonly metric: number | null;
  readonly hold_time: number | null;
  readonly keepalive_interval: number | null;
  readonly bfd_enabled: boolean | null;
  readonly md5_auth_key: string | null;
  readonly summary_route: readonly SummaryRouteModel[] | null;
  readonly bfd_settings: BfdSettingsModel | null;
  readonly tracking: TrackingModel | null;
}

export interface SummaryRouteModel {
  readonly route: string | null;
  readonly community: readonly { readonly from: number | null; readonly to: number | null }[] | null;
}

export interface BfdSettingsModel {
  readonly transmit_interval: number | null;
  readonly receive_interval: number | null;
  readonly multiplier: number | null;
}

export interface TrackingModel {
  readonly enabled: boolean | null;
  readonly alert_frequency: string | null;
  readonly subscription_id: string | null;
}

/** Terraform has checked the value against the schema before the provider sees it. */
export function toBgpPeer(value: ObjectValue): BgpPeerModel {
  return value as unknown as BgpPeerModel;
}

export function fromBgpPeer(peer: BgpPeerModel): ObjectValue {
  return peer as unknown as ObjectValue;
}
