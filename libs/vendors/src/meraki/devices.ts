import { z } from 'zod';
import type { VendorConnection } from '../connection.js';
import { callMeraki, listMeraki, Nothing, pathOf, unlessGone } from './client.js';

const MerakiDevice = z.object({
  serial: z.string(),
  networkId: z.string().nullish(),
  name: z.string().nullish(),
  address: z.string().nullish(),
  notes: z.string().nullish(),
  tags: z.array(z.string()),
  lat: z.number().nullish(),
  lng: z.number().nullish(),
  model: z.string().nullish(),
  mac: z.string().nullish(),
});
export type MerakiDevice = z.infer<typeof MerakiDevice>;

export interface DeviceAttributes {
  name?: string;
  address?: string;
  notes?: string;
  tags?: readonly string[];
  lat?: number;
  lng?: number;
}

export interface ClaimedDevices {
  serials: string[];
  errors: { serial: string; errors: string[] }[];
}

const PER_PAGE = '1000';

export function listNetworkDevices(
  connection: VendorConnection,
  networkId: string,
  signal: AbortSignal,
): Promise<MerakiDevice[]> {
  return listMeraki(
    connection,
    {
      operation: 'getNetworkDevices',
      method: 'GET',
      path: pathOf`/networks/${networkId}/devices`,
      answer: z.array(MerakiDevice),
    },
    signal,
  );
}

/** The devices of several networks in as few calls as there are thousands of them. */
export function listOrganizationDevices(
  connection: VendorConnection,
  filter: { networkIds?: readonly string[]; serials?: readonly string[] },
  signal: AbortSignal,
): Promise<MerakiDevice[]> {
  const query = new URLSearchParams({ perPage: PER_PAGE });
  for (const id of filter.networkIds ?? []) query.append('networkIds[]', id);
  for (const serial of filter.serials ?? []) query.append('serials[]', serial);
  return listMeraki(
    connection,
    {
      operation: 'getOrganizationDevices',
      method: 'GET',
      path: pathOf`/organizations/${connection.accountId}/devices`,
      query,
      answer: z.array(MerakiDevice),
    },
    signal,
  );
}

/** Not idempotent: a serial that is in a network already is refused. All or nothing unless `isAtomic` is false. */
export function claimDevices(
  connection: VendorConnection,
  networkId: string,
  claim: { serials: readonly string[]; isAtomic?: boolean },
  signal: AbortSignal,
): Promise<ClaimedDevices> {
  const { serials, isAtomic = true } = claim;
  return callMeraki(
    connection,
    {
      operation: 'claimNetworkDevices',
      method: 'POST',
      path: pathOf`/networks/${networkId}/devices/claim`,
      query: new URLSearchParams(isAtomic ? {} : { addAtomically: 'false' }),
      body: { serials },
      answer: z
        .object({
          serials: z.array(z.string()).default([...serials]),
          errors: z.array(z.object({ serial: z.string(), errors: z.array(z.string()) })).default([]),
        })
        // Older versions of the API answer nothing when all is well.
        .default({ serials: [...serials], errors: [] }),
    },
    signal,
  );
}

/** Back to the inventory. A device that is not in the network is as good as removed. */
export async function removeDevice(
  connection: VendorConnection,
  networkId: string,
  serial: string,
  signal: AbortSignal,
): Promise<void> {
  await unlessGone(
    callMeraki(
      connection,
      {
        operation: 'removeNetworkDevices',
        method: 'POST',
        path: pathOf`/networks/${networkId}/devices/remove`,
        body: { serial },
        answer: Nothing,
      },
      signal,
    ),
  );
}

export function updateDevice(
  connection: VendorConnection,
  serial: string,
  attributes: DeviceAttributes,
  signal: AbortSignal,
): Promise<MerakiDevice> {
  return callMeraki(
    connection,
    {
      operation: 'updateDevice',
      method: 'PUT',
      path: pathOf`/devices/${serial}`,
      body: attributes,
      answer: MerakiDevice,
    },
    signal,
  );
}
