import type { BgpPeerModel } from './bgp-peer.model.js';

/** A peer as the `site` query answers. AS numbers come as numbers or as strings. */
export interface BgpPeerAnswer {
  readonly site: { readonly id: string };
  readonly id: string;
  readonly name: string;
  readonly peerAsn: number | string;
  readonly catoAsn: number | string;
  readonly peerIp: string;
  readonly advertiseDefaultRoute: boolean;
  readonly advertiseAllRoutes: boolean;
  readonly advertiseSummaryRoutes: boolean;
  readonly summaryRoute?:
    | readonly {
        readonly route: string;
        readonly community?:
          readonly { readonly from: number | string; readonly to: number | string }[] | null;
      }[]
    | null;
  readonly defaultAction: string;
  readonly performNat: boolean;
  readonly md5AuthKey?: string | null;
  readonly metric: number;
  readonly holdTime: number;
  readonly keepaliveInterval: number;
  readonly bfdEnabled: boolean;
  readonly bfdSettingsBgpPeer?: {
    readonly transmitInterval: number;
    readonly receiveInterval: number;
    readonly multiplier: number;
  } | null;
  readonly trackingBgpPeer?: {
    readonly enabled: boolean;
    readonly alertFrequency: string;
    readonly subscriptionId: string | null;
  } | null;
}

/** The fields that adding and updating a peer have in common; what is not set is left out. */
export function bgpPeerInput(peer: BgpPeerModel): Record<string, unknown> {
  const { bfd_settings: bfd, tracking } = peer;
  return {
    name: peer.name,
    peerAsn: peer.peer_asn,
    catoAsn: peer.cato_asn,
    peerIp: peer.peer_ip,
    defaultAction: peer.default_action,
    advertiseDefaultRoute: peer.advertise_default_route ?? undefined,
    advertiseAllRoutes: peer.advertise_all_routes ?? undefined,
    advertiseSummaryRoutes: peer.advertise_summary_routes ?? undefined,
    performNat: peer.perform_nat ?? undefined,
    md5AuthKey: peer.md5_auth_key ?? undefined,
    metric: peer.metric ?? undefined,
    holdTime: peer.hold_time ?? undefined,
    keepaliveInterval: peer.keepalive_interval ?? undefined,
    bfdEnabled: peer.bfd_enabled ?? undefined,
    bfdSettings: bfd
      ? {
          transmitInterval: bfd.transmit_interval ?? 0,
          receiveInterval: bfd.receive_interval ?? 0,
          multiplier: bfd.multiplier ?? 0,
        }
      : undefined,
    summaryRoute: peer.summary_route?.map(({ route, community }) => ({ route, community: community ?? [] })),
    tracking: tracking
      ? {
          enabled: tracking.enabled ?? false,
          alertFrequency: tracking.alert_frequency ?? '',
          subscriptionId: tracking.subscription_id ?? '',
        }
      : undefined,
  };
}

export function bgpPeerFromAnswer(answer: BgpPeerAnswer): BgpPeerModel {
  const { bfdSettingsBgpPeer: bfd, trackingBgpPeer: tracking } = answer;
  return {
    id: answer.id,
    site_id: answer.site.id,
    name: answer.name,
    peer_asn: Number(answer.peerAsn),
    cato_asn: Number(answer.catoAsn),
    peer_ip: answer.peerIp,
    default_action: answer.defaultAction,
    advertise_default_route: answer.advertiseDefaultRoute,
    advertise_all_routes: answer.advertiseAllRoutes,
    advertise_summary_routes: answer.advertiseSummaryRoutes,
    perform_nat: answer.performNat,
    metric: answer.metric,
    hold_time: answer.holdTime,
    keepalive_interval: answer.keepaliveInterval,
    bfd_enabled: answer.bfdEnabled,
    md5_auth_key: answer.md5AuthKey ?? null,
    summary_route: (answer.summaryRoute ?? []).map(({ route, community }) => ({
      route,
      community: (community ?? []).map(({ from, to }) => ({ from: Number(from), to: Number(to) })),
    })),
    bfd_settings: bfd
      ? {
          transmit_interval: bfd.transmitInterval,
          receive_interval: bfd.receiveInterval,
          multiplier: bfd.multiplier,
        }
      : null,
    tracking: tracking
      ? {
          enabled: tracking.enabled,
          alert_frequency: tracking.alertFrequency,
          subscription_id: subscriptionOf(tracking.subscriptionId),
        }
      : null,
  };
}

/** The vendor's provider reads through the pointer without a look: null crashes it. */
function subscriptionOf(id: string | null): string {
  if (id === null) throw new TypeError('invalid memory address or nil pointer dereference');
  return id;
}
