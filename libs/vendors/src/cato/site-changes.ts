import type { FieldError } from '@app/contracts';
import type { CatoSite, CatoTunnel } from './site-spec.js';

const countOf = (site: CatoSite, role: CatoTunnel['role']): number =>
  site.tunnels.filter((tunnel) => tunnel.role === role).length;

/**
 * What the vendor's provider cannot do in place: it neither adds nor removes tunnels on an update, and it does not
 * send a changed city (vendors.md 1.6: resource_site_ipsec.go of terraform-provider-cato 0.0.96).
 */
export function unsupportedChange(applied: CatoSite, next: CatoSite): FieldError | undefined {
  for (const role of ['primary', 'secondary'] as const) {
    const before = countOf(applied, role);
    const after = countOf(next, role);
    if (before !== after) {
      return {
        path: 'tunnels',
        message: `the number of ${role} tunnels cannot be changed yet: it is ${before}, not ${after}`,
      };
    }
  }
  if (applied.location.city !== next.location.city) {
    return { path: 'location.city', message: 'the city of an existing site cannot be changed yet' };
  }
  return undefined;
}

/** Where the peer of a tunnel is managed; peers are called like their tunnels. */
export const peerAddress = (tunnel: string): string => `cato_bgp_peer.peer["${tunnel}"]`;

const tunnelsWithBgp = (site: CatoSite): string[] =>
  site.tunnels.filter((tunnel) => tunnel.bgp !== undefined).map((tunnel) => tunnel.name);

/** Addresses of the BGP peers that a spec asks for. */
export const peerAddresses = (site: CatoSite): Map<string, string> =>
  new Map(tunnelsWithBgp(site).map((tunnel) => [tunnel, peerAddress(tunnel)]));

/** The BGP peers that were applied and are no longer asked for. */
export function destroyedPeers(applied: CatoSite | undefined, next: CatoSite): string[] {
  if (applied === undefined) return [];
  const kept = new Set(tunnelsWithBgp(next));
  return tunnelsWithBgp(applied)
    .filter((tunnel) => !kept.has(tunnel))
    .map(peerAddress);
}
