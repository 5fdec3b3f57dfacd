import { z } from 'zod';
import type { VendorCount } from '../results.js';
import type { Foundations } from '../system/foundations.js';
import { OBJECTS_PER_SITE } from './sites.js';

const Calls = z.object({ total: z.number(), refused: z.number(), accounts: z.array(z.unknown()) });
const Objects = z.object({
  accounts: z.array(
    z.object({ objects: z.object({ sites: z.array(z.unknown()), bgpPeers: z.array(z.unknown()) }) }),
  ),
});

/** Asks the simulated vendor what it was asked and what it holds. */
export async function countAtVendor(
  { simulators }: Pick<Foundations, 'simulators'>,
  expectedSites: number,
): Promise<VendorCount> {
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${simulators.adminUrl}${path}?vendor=cato`);
    return answer.json();
  };
  const { total, refused, accounts } = Calls.parse(await ask('/calls'));
  const objects = Objects.parse(await ask('/objects')).accounts.map((account) => account.objects);
  return {
    calls: total,
    refused,
    accounts: accounts.length,
    sites: objects.flatMap(({ sites }) => sites).length,
    expectedSites: expectedSites * OBJECTS_PER_SITE.sites,
    bgpPeers: objects.flatMap(({ bgpPeers }) => bgpPeers).length,
    expectedBgpPeers: expectedSites * OBJECTS_PER_SITE.bgpPeers,
  };
}
