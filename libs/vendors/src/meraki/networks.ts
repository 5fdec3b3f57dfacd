import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callMeraki, listMeraki, Nothing, pathOf, unlessGone } from './client.js';

const MerakiNetwork = z.object({
  id: z.string(),
  organizationId: z.string(),
  name: z.string(),
  productTypes: z.array(z.string()),
  timeZone: z.string(),
  tags: z.array(z.string()),
  notes: z.string().nullish(),
});
export type MerakiNetwork = z.infer<typeof MerakiNetwork>;

export interface NetworkDraft {
  name: string;
  productTypes: readonly string[];
  timeZone: string;
  tags: readonly string[];
  notes: string;
}

/** What of a network can be changed: its product types cannot. */
export type NetworkChanges = Partial<Omit<NetworkDraft, 'productTypes'>>;

/** One page holds what one organization has, as a rule, so that a look-up is one call. */
const PER_PAGE = '10000';

/** The organization's networks, those with one tag where one is given: the vendor cannot search by name. */
export function listNetworks(
  connection: VendorConnection,
  filter: { tag?: string },
  signal: AbortSignal,
): Promise<MerakiNetwork[]> {
  const query = new URLSearchParams({ perPage: PER_PAGE });
  if (filter.tag !== undefined) query.set('tags[]', filter.tag);
  return listMeraki(
    connection,
    {
      operation: 'getOrganizationNetworks',
      method: 'GET',
      path: pathOf`/organizations/${connection.accountId}/networks`,
      query,
      answer: z.array(MerakiNetwork),
    },
    signal,
  );
}

export async function findNetwork(
  connection: VendorConnection,
  wanted: { name: string; tag?: string },
  signal: AbortSignal,
): Promise<MerakiNetwork | undefined> {
  const networks = await listNetworks(connection, wanted, signal);
  return networks.find(({ name }) => name === wanted.name);
}

export function getNetwork(
  connection: VendorConnection,
  networkId: string,
  signal: AbortSignal,
): Promise<MerakiNetwork | undefined> {
  const path = pathOf`/networks/${networkId}`;
  return unlessGone(
    callMeraki(connection, { operation: 'getNetwork', method: 'GET', path, answer: MerakiNetwork }, signal),
  );
}

/** The vendor refuses a name that another network has, so that a repeated create makes no double. */
export function createNetwork(
  connection: VendorConnection,
  draft: NetworkDraft,
  signal: AbortSignal,
): Promise<MerakiNetwork> {
  return callMeraki(
    connection,
    {
      operation: 'createOrganizationNetwork',
      method: 'POST',
      path: pathOf`/organizations/${connection.accountId}/networks`,
      body: draft,
      answer: MerakiNetwork,
    },
    signal,
  );
}

export function updateNetwork(
  connection: VendorConnection,
  networkId: string,
  changes: NetworkChanges,
  signal: AbortSignal,
): Promise<MerakiNetwork> {
  const path = pathOf`/networks/${networkId}`;
  return callMeraki(
    connection,
    { operation: 'updateNetwork', method: 'PUT', path, body: changes, answer: MerakiNetwork },
    signal,
  );
}

/** Its devices go back to the inventory. A network that is gone already is as good as deleted. */
export async function deleteNetwork(
  connection: VendorConnection,
  networkId: string,
  signal: AbortSignal,
): Promise<void> {
  const path = pathOf`/networks/${networkId}`;
  await unlessGone(
    callMeraki(connection, { operation: 'deleteNetwork', method: 'DELETE', path, answer: Nothing }, signal),
  );
}
