import { assignGiven, siteById, type CatoContext, type SiteArguments } from './context.js';
import type { Resolver } from './execute.js';
import { OperationRefused } from './graphql/graphql-error.js';
import type { CatoSite, CatoTunnel, TunnelGroup } from './store.js';

const MAX_TUNNELS = 3;
const SIDES = ['primary', 'secondary'] as const;
export type TunnelSide = (typeof SIDES)[number];

type TunnelInput = Partial<Record<keyof CatoTunnel, unknown>>;
type TunnelUpdate = TunnelInput & { tunnelId: string };

interface GroupInput<Tunnel = unknown> {
  destinationType?: string | null;
  popLocationId?: string | null;
  publicCatoIpId?: string | null;
  tunnels: Tunnel[];
}

type TunnelsInput = Partial<Record<TunnelSide, GroupInput<TunnelInput> | null>>;
type UpdateTunnelsInput = Partial<Record<TunnelSide, GroupInput<TunnelUpdate> | null>>;

/** Only a site that waits for its peer to call, known by name, has names of its own. */
export function localIdOf(site: CatoSite, tunnelId: string): string | null {
  if (site.connectionMode !== 'RESPONDER_ONLY' || site.identificationType !== 'FQDN') return null;
  return [site.id, tunnelId.toLowerCase(), 'ipsec.sandbox.invalid'].filter((part) => part !== '').join('.');
}

function answerGroup(site: CatoSite, side: TunnelSide, tunnels: readonly CatoTunnel[]): unknown {
  return {
    fqdn: localIdOf(site, side),
    tunnels: tunnels.map(({ tunnelId }) => ({ tunnelId, localId: localIdOf(site, tunnelId) })),
  };
}

function newTunnel(tunnelId: string, input: TunnelInput): CatoTunnel {
  const tunnel: CatoTunnel = {
    tunnelId,
    name: null,
    role: null,
    publicSiteIp: null,
    privateSiteIp: null,
    privateCatoIp: null,
    lastMileBw: {},
    psk: '',
  };
  assignGiven(tunnel, { ...input, tunnelId });
  return tunnel;
}

function newGroup(input: GroupInput): TunnelGroup {
  const group: TunnelGroup = {
    destinationType: null,
    popLocationId: null,
    publicCatoIpId: null,
    tunnels: [],
  };
  const { tunnels: _tunnels, ...settings } = input;
  assignGiven(group, settings);
  return group;
}

function refuseTooMany(side: TunnelSide, count: number): void {
  if (count > MAX_TUNNELS) throw new OperationRefused(`${side}: at most ${MAX_TUNNELS} tunnels are allowed`);
}

/** Checks both sides before it changes one: a mutation is stored whole or not at all. */
function addTunnels(context: CatoContext, { siteId, input }: SiteArguments<TunnelsInput>): unknown {
  const site = siteById(context, siteId);
  for (const side of SIDES) {
    refuseTooMany(side, input[side]?.tunnels.length ?? 0);
    if (input[side] && (site[side]?.tunnels.length ?? 0) > 0) {
      throw new OperationRefused(`${side}: site ${site.id} already has tunnels`);
    }
  }
  const answer: Record<string, unknown> = { siteId: site.id, primary: null, secondary: null };
  for (const side of SIDES) {
    const sent = input[side];
    if (!sent) continue;
    const group = newGroup(sent);
    group.tunnels = sent.tunnels.map((tunnel, index) =>
      newTunnel(`${side.toUpperCase()}${index + 1}`, tunnel),
    );
    site[side] = group;
    answer[side] = answerGroup(site, side, group.tunnels);
  }
  site.modifiedAt = context.now;
  return answer;
}

function updateTunnels(context: CatoContext, { siteId, input }: SiteArguments<UpdateTunnelsInput>): unknown {
  const site = siteById(context, siteId);
  for (const side of SIDES) checkUpdate(context, site, side, input[side]?.tunnels ?? []);
  const answer: Record<string, unknown> = { siteId: site.id, primary: null, secondary: null };
  for (const side of SIDES) {
    const sent = input[side];
    if (!sent) continue;
    const group = (site[side] ??= newGroup(sent));
    const { tunnels, ...settings } = sent;
    assignGiven(group, settings);
    answer[side] = answerGroup(
      site,
      side,
      tunnels.map((tunnel) => updateTunnel(group, tunnel)),
    );
  }
  site.modifiedAt = context.now;
  return answer;
}

function checkUpdate(
  { settings }: CatoContext,
  site: CatoSite,
  side: TunnelSide,
  tunnels: readonly TunnelUpdate[],
): void {
  const known = new Set((site[side]?.tunnels ?? []).map(({ tunnelId }) => tunnelId));
  for (const { tunnelId: id, psk } of tunnels) {
    if (!id.startsWith(side.toUpperCase()))
      throw new OperationRefused(`${side}: tunnel ${id} is of the other side`);
    if (known.has(id)) continue;
    const isAdded = settings.unknownTunnelUpdate === 'upsert' && typeof psk === 'string';
    if (!isAdded) throw new OperationRefused(`${side}: tunnel ${id} is not found on site ${site.id}`);
  }
}

function updateTunnel(group: TunnelGroup, input: TunnelUpdate): CatoTunnel {
  const id = input.tunnelId;
  const known = group.tunnels.find(({ tunnelId }) => tunnelId === id);
  if (known) {
    assignGiven(known, input);
    return known;
  }
  const added = newTunnel(id, input);
  group.tunnels.push(added);
  group.tunnels.sort((one, other) => one.tunnelId.localeCompare(other.tunnelId));
  return added;
}

function removeTunnels(
  context: CatoContext,
  { siteId, input }: SiteArguments<{ tunnelId: string[] }>,
): unknown {
  const site = siteById(context, siteId);
  const ids = input.tunnelId;
  const known = new Set(SIDES.flatMap((side) => site[side]?.tunnels ?? []).map(({ tunnelId }) => tunnelId));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw new OperationRefused(`tunnel ${unknown} is not found on site ${site.id}`);
  const answer: Record<string, unknown> = { siteId: site.id };
  for (const side of SIDES) {
    removeFrom(site, side, ids);
    const group = site[side];
    answer[side] = group ? answerGroup(site, side, group.tunnels) : null;
  }
  site.modifiedAt = context.now;
  return answer;
}

/** A side without tunnels is no side any more. */
export function removeFrom(site: CatoSite, side: TunnelSide, ids: readonly string[]): void {
  const group = site[side];
  if (!group) return;
  group.tunnels = group.tunnels.filter(({ tunnelId }) => !ids.includes(tunnelId));
  if (group.tunnels.length === 0) site[side] = null;
}

export const tunnelResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'SiteMutations.addIpsecIkeV2SiteTunnels': addTunnels,
  'SiteMutations.updateIpsecIkeV2SiteTunnels': updateTunnels,
  'SiteMutations.removeIpsecIkeV2SiteTunnels': removeTunnels,
};
