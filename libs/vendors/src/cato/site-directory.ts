import { z } from 'zod';
import { isMarkedAs } from '../ownership-mark.js';
import type { VendorConnection } from '../connection.js';
import type { FoundSite, SiteToConverge, VendorObject } from '../vendor.js';
import { callCato } from './client.js';
import { peerAddress, peerAddresses } from './site-changes.js';
import type { CatoSite } from './site-spec.js';

export const SITE_ADDRESS = 'cato_ipsec_site.site';

const Lookup = z.object({
  entityLookup: z.object({
    items: z.array(
      z.object({
        entity: z.object({ id: z.string(), name: z.string() }),
        description: z.string().nullish(),
        helperFields: z.looseObject({ description: z.string().nullish() }).nullish(),
      }),
    ),
  }),
});

const Peers = z.object({
  site: z.object({
    bgpPeerList: z.object({ bgpPeer: z.array(z.object({ id: z.string(), name: z.string() })) }),
  }),
});

const LOOKUP = `query entityLookup($accountID: ID!, $type: EntityType!, $limit: Int, $search: String) {
  entityLookup(accountID: $accountID, type: $type, limit: $limit, search: $search) {
    items { entity { id name type } description helperFields }
  }
}`;

const PEERS = `query siteBgpPeerList($accountId: ID!, $bgpPeerListInput: BgpPeerListInput!) {
  site(accountId: $accountId) { bgpPeerList(input: $bgpPeerListInput) { bgpPeer { id name } total } }
}`;

const REMOVE = `mutation siteRemoveSite($siteId: ID!, $accountId: ID!) {
  site(accountId: $accountId) { removeSite(siteId: $siteId) { siteId } }
}`;

const REMOVE_PEER = `mutation siteRemoveBgpPeer($removeBgpPeerInput: RemoveBgpPeerInput!, $accountId: ID!) {
  site(accountId: $accountId) { removeBgpPeer(input: $removeBgpPeerInput) { bgpPeer { id } } }
}`;

/** Looks a site up by its exact name: one `entityLookup`, and one `bgpPeerList` when it is there. */
export async function findSite(
  { resourceId, vendorName, spec }: SiteToConverge<CatoSite>,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<FoundSite | undefined> {
  const { entityLookup } = await callCato(
    connection,
    {
      operation: 'entityLookup',
      operationName: 'entityLookup',
      query: LOOKUP,
      variables: { accountID: connection.accountId, type: 'site', limit: 0, search: vendorName },
      answer: Lookup,
    },
    signal,
  );
  const found = entityLookup.items.find((item) => item.entity.name === vendorName);
  if (found === undefined) return undefined;
  const description = found.helperFields?.description ?? found.description;
  const site = { address: SITE_ADDRESS, id: found.entity.id };
  if (!isMarkedAs(description, resourceId)) return { ...site, isOurs: false, children: [], strangers: [] };

  const { site: answer } = await callCato(
    connection,
    {
      operation: 'bgpPeerList',
      operationName: 'siteBgpPeerList',
      query: PEERS,
      variables: {
        accountId: connection.accountId,
        bgpPeerListInput: { site: { by: 'ID', input: found.entity.id } },
      },
      answer: Peers,
    },
    signal,
  );
  const wanted = peerAddresses(spec);
  const children = new Map<string, string>();
  const strangers: VendorObject[] = [];
  for (const peer of answer.bgpPeerList.bgpPeer) {
    const address = wanted.get(peer.name);
    if (address !== undefined && !children.has(address)) children.set(address, peer.id);
    else strangers.push({ address: peerAddress(peer.name), id: peer.id });
  }
  return {
    ...site,
    isOurs: true,
    children: [...children].map(([address, id]) => ({ address, id })),
    strangers,
  };
}

/** Removes a site; the vendor removes its tunnels and peers with it. */
export async function removeSite(
  siteId: string,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<void> {
  await callCato(
    connection,
    {
      operation: 'removeSite',
      operationName: 'siteRemoveSite',
      query: REMOVE,
      variables: { siteId, accountId: connection.accountId },
      answer: z.unknown(),
    },
    signal,
  );
}

export async function removePeer(
  { id }: VendorObject,
  connection: VendorConnection,
  signal: AbortSignal,
): Promise<void> {
  await callCato(
    connection,
    {
      operation: 'removeBgpPeer',
      operationName: 'siteRemoveBgpPeer',
      query: REMOVE_PEER,
      variables: { removeBgpPeerInput: { id }, accountId: connection.accountId },
      answer: z.unknown(),
    },
    signal,
  );
}
