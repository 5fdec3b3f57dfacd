import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { addSite, at, SandboxClient } from './sandbox-client.js';

let now = 1_700_000_000_000;
let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start({ realNow: () => now });
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const namesOf = async (given: Record<string, unknown>): Promise<unknown[]> => {
  const items = at(await client.lookup(given), 'entityLookup', 'items');
  return Array.isArray(items) ? items.map((item: unknown) => at(item, 'entity', 'name')) : [];
};

it('pages with 50 by default, with the given limit and start, and with limit 0 all', async () => {
  const names = Array.from({ length: 55 }, (_, index) => `site-${index}`);
  for (const name of names) await addSite(client, name);
  expect(await namesOf({ type: 'site' })).toEqual(names.slice(0, 50));
  expect(await namesOf({ type: 'site', limit: 0 })).toEqual(names);
  expect(await namesOf({ type: 'site', limit: 2, from: 53 })).toEqual(['site-53', 'site-54']);
  expect(at(await client.lookup({ type: 'site', limit: 1 }), 'entityLookup', 'total')).toBe(55);
});

it('finds by ids, by parent and by part of the name or the description', async () => {
  const paris = await addSite(client, 'acme-paris', { description: 'operation 4711' });
  const lyon = await addSite(client, 'acme-lyon');
  expect(await namesOf({ type: 'site', entityIDs: [lyon, '999'] })).toEqual(['acme-lyon']);
  expect(await namesOf({ type: 'site', entityIDs: ['999'] })).toEqual([]);
  expect(await namesOf({ type: 'site', search: 'Paris' })).toEqual(['acme-paris']);
  expect(await namesOf({ type: 'site', search: '4711' })).toEqual(['acme-paris']);
  expect(await namesOf({ type: 'siteRange', parent: { id: paris, type: 'site' } })).toEqual([
    'acme-paris \\ Default \\ Native Range',
  ]);
  expect(await namesOf({ type: 'networkInterface' })).toHaveLength(2);
  expect(await namesOf({ type: 'networkInterface', parent: { id: '999', type: 'site' } })).toEqual([]);
});

it('knows allocated addresses and answers an empty list for what it does not simulate', async () => {
  const allocated = at(await client.lookup({ type: 'allocatedIP' }), 'entityLookup', 'items', 0);
  expect(allocated).toMatchObject({
    entity: { id: expect.stringMatching(/^\d+$/), name: at(allocated, 'helperFields', 'allocatedIp') },
    helperFields: { countryCode: expect.any(String), popLocation: expect.any(String) },
  });
  expect(await namesOf({ type: 'dhcpRelayGroup' })).toEqual([]);
});

it('shows city and state exactly when they were given', async () => {
  const location = { countryCode: 'US', timezone: 'America/New_York', stateCode: 'US-NY', city: 'Albany' };
  const siteId = await addSite(client, 'acme-albany', { siteLocation: location });
  const snapshot = await client.call('accountSnapshot', { siteIDs: [siteId], userIDs: [] });
  expect(at(snapshot, 'accountSnapshot', 'sites', 0, 'infoSiteSnapshot')).toMatchObject({
    cityName: 'Albany',
    countryStateName: 'US-NY',
  });
});

it('takes an empty list and null as "all" in a snapshot, and an unknown id as none', async () => {
  await addSite(client, 'acme-paris');
  await addSite(client, 'acme-lyon');
  const count = async (siteIDs: unknown): Promise<unknown> => {
    const sites = at(
      await client.call('accountSnapshot', { siteIDs, userIDs: null }),
      'accountSnapshot',
      'sites',
    );
    return Array.isArray(sites) ? sites.length : sites;
  };
  expect(await count([])).toBe(2);
  expect(await count(null)).toBe(2);
  expect(await count(['999'])).toBe(0);
});

it('hides a new site for the chosen lag', async () => {
  await client.steer('POST', '/settings', { vendor: 'cato', consistencyLagMs: 3000 });
  await addSite(client, 'acme-paris');
  expect(await namesOf({ type: 'site' })).toEqual([]);
  now += 3000;
  expect(await namesOf({ type: 'site' })).toEqual(['acme-paris']);
});
