import type { ObjectValue, Value } from '../../terraform-plugin/index.js';
import { bool, list, number, object, text } from './read-value.js';

export type CommunityModel = { readonly from: number | null; readonly to: number | null };

export type SummaryRouteModel = {
  readonly route: string | null;
  readonly community: readonly CommunityModel[] | null;
};

export type BfdSettingsModel = {
  readonly transmit_interval: number | null;
  readonly receive_interval: number | null;
  readonly multiplier: number | null;
};

export type TrackingModel = {
  readonly enabled: boolean | null;
  readonly alert_frequency: string | null;
  readonly subscription_id: string | null;
};

/** A `cato_bgp_peer` in the types that its schema promises. */
export type BgpPeerModel = {
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
};

export function toBgpPeer(value: ObjectValue): BgpPeerModel {
  return {
    id: value['id'] ?? null,
    site_id: text(value['site_id']),
    name: text(value['name']),
    peer_asn: number(value['peer_asn']),
    cato_asn: number(value['cato_asn']),
    peer_ip: text(value['peer_ip']),
    default_action: text(value['default_action']),
    advertise_default_route: bool(value['advertise_default_route']),
    advertise_all_routes: bool(value['advertise_all_routes']),
    advertise_summary_routes: bool(value['advertise_summary_routes']),
    perform_nat: bool(value['perform_nat']),
    metric: number(value['metric']),
    hold_time: number(value['hold_time']),
    keepalive_interval: number(value['keepalive_interval']),
    bfd_enabled: bool(value['bfd_enabled']),
    md5_auth_key: text(value['md5_auth_key']),
    summary_route: list(value['summary_route'], (item) => object(item, toSummaryRoute)),
    bfd_settings: object(value['bfd_settings'], toBfdSettings),
    tracking: object(value['tracking'], toTracking),
  };
}

function toSummaryRoute(value: ObjectValue): SummaryRouteModel {
  return {
    route: text(value['route']),
    community: list(value['community'], (item) => object(item, toCommunity)),
  };
}

function toCommunity(value: ObjectValue): CommunityModel {
  return { from: number(value['from']), to: number(value['to']) };
}

function toBfdSettings(value: ObjectValue): BfdSettingsModel {
  return {
    transmit_interval: number(value['transmit_interval']),
    receive_interval: number(value['receive_interval']),
    multiplier: number(value['multiplier']),
  };
}

function toTracking(value: ObjectValue): TrackingModel {
  return {
    enabled: bool(value['enabled']),
    alert_frequency: text(value['alert_frequency']),
    subscription_id: text(value['subscription_id']),
  };
}
