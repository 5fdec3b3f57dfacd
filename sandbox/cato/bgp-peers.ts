import { assignGiven, siteByRef, type CatoContext, type ObjectRef } from './context.js';
import type { Resolver } from './execute.js';
import { OperationRefused } from './graphql/graphql-error.js';
import type { BgpPeer, CatoSite } from './store.js';

const NO_TUNNEL_IP = '0.0.0.0';

type PeerInput = Partial<Omit<BgpPeer, 'id' | 'siteId'>>;

/** The vendor's end of the tunnel over which the peer is reached. */
function catoIpOf(site: CatoSite | undefined, peerIp: string): string {
  const tunnels = [...(site?.primary?.tunnels ?? []), ...(site?.secondary?.tunnels ?? [])];
  return tunnels.find(({ privateSiteIp }) => privateSiteIp === peerIp)?.privateCatoIp ?? NO_TUNNEL_IP;
}

/** The peer as the vendor's API shows it. */
export function answerPeer(
  { account }: Pick<CatoContext, 'account'>,
  peer: BgpPeer,
): Record<string, unknown> {
  const { siteId, ...rest } = peer;
  const site = account.sites.get(siteId);
  return { ...rest, site: { id: siteId, name: site?.name ?? '' }, catoIp: catoIpOf(site, peer.peerIp) };
}

function peerById({ account }: CatoContext, id: string): BgpPeer {
  const peer = account.bgpPeers.get(id);
  if (!peer) throw new OperationRefused(`BGP peer with id: ${id} is not found`);
  return peer;
}

const numbered = (
  { store }: CatoContext,
  routes: readonly Record<string, unknown>[],
): Record<string, unknown>[] => routes.map((route) => ({ id: store.nextRouteId(), ...route }));

const identified = (tracking: Record<string, unknown> | null | undefined, peerId: string) =>
  tracking ? { id: `tracking-${peerId}`, ...tracking } : null;

function addPeer(context: CatoContext, args: { input: Required<PeerInput> & { site: ObjectRef } }): unknown {
  const { site: siteRef, ...input } = args.input;
  const site = siteByRef(context, siteRef);
  const id = context.store.nextBgpPeerId();
  const peer: BgpPeer = {
    ...input,
    id,
    siteId: site.id,
    bfdSettings: input.bfdSettings ?? { transmitInterval: 1000, receiveInterval: 1000, multiplier: 5 },
    md5AuthKey: input.md5AuthKey ?? null,
    summaryRoute: numbered(context, input.summaryRoute),
    tracking: identified(input.tracking, id),
  };
  // Two peers with the same address are taken: the vendor's text does not forbid them, and a test can see them.
  context.account.bgpPeers.set(id, peer);
  return { bgpPeer: answerPeer(context, peer) };
}

function updatePeer(context: CatoContext, { input }: { input: PeerInput & { id: string } }): unknown {
  const { id, summaryRoute, tracking, ...rest } = input;
  const peer = peerById(context, id);
  assignGiven(peer, rest);
  if (summaryRoute) peer.summaryRoute = numbered(context, summaryRoute);
  if (tracking) peer.tracking = identified(tracking, id);
  return { bgpPeer: answerPeer(context, peer) };
}

function removePeer(context: CatoContext, { input: { id } }: { input: { id: string } }): unknown {
  const peer = peerById(context, id);
  context.account.bgpPeers.delete(id);
  return { bgpPeer: answerPeer(context, peer) };
}

function readPeer(context: CatoContext, args: { input: ObjectRef }): unknown {
  const { by, input } = args.input;
  const { account, settings } = context;
  const peer =
    by === 'ID'
      ? account.bgpPeers.get(input)
      : [...account.bgpPeers.values()].find(({ name }) => name === input);
  if (peer) return answerPeer(context, peer);
  if (settings.missingBgpPeer === 'null') return null;
  throw new OperationRefused(`BGP peer with ${by === 'ID' ? 'id' : 'name'}: ${input} is not found`);
}

function listPeers(context: CatoContext, { input }: { input: { site: ObjectRef } }): unknown {
  const site = siteByRef(context, input.site);
  const peers = [...context.account.bgpPeers.values()].filter(({ siteId }) => siteId === site.id);
  return { bgpPeer: peers.map((peer) => answerPeer(context, peer)), total: peers.length };
}

export const bgpPeerResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'SiteMutations.addBgpPeer': addPeer,
  'SiteMutations.updateBgpPeer': updatePeer,
  'SiteMutations.removeBgpPeer': removePeer,
  'SiteQueries.bgpPeer': readPeer,
  'SiteQueries.bgpPeerList': listPeers,
};
