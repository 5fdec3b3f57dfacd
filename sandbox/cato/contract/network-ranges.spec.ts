import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, textAt } from './sandbox-client.js';

let client: SandboxClient;
let siteId: string;
let lanSocketInterfaceId: string;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  siteId = await addSite(client, 'acme-paris');
  const found = await client.lookup({ type: 'networkInterface', parent: { id: siteId, type: 'site' } });
  lanSocketInterfaceId = textAt(found, 'entityLookup', 'items', 0, 'entity', 'id');
});
afterAll(() => client.close());

const range = (number: number) => ({
  name: `vlan-${number}`,
  rangeType: 'VLAN',
  subnet: `10.30.${number}.0/24`,
  vlan: number,
});
const on = (number: number) => ({ ...range(number), lanSocketInterfaceId });
const site = () => ({ by: 'ID', input: siteId });
const add = async (number: number): Promise<string> =>
  textAt(
    await client.call('siteAddNetworkRange', { lanSocketInterfaceId, addNetworkRangeInput: range(number) }),
    'site',
    'addNetworkRange',
    'networkRangeId',
  );
const list = async (): Promise<unknown> =>
  at(await client.call('siteNetworkRangeList', { input: { site: site() } }), 'site', 'networkRangeList');
const names = async (): Promise<unknown[]> => {
  const items = at(await list(), 'items');
  return Array.isArray(items) ? items.map((item: unknown) => at(item, 'name')) : [];
};

it('a range is added, read, changed and removed, beside the native one', async () => {
  const networkRangeId = await add(7);
  expect(networkRangeId).toMatch(/^Tj/);
  expect(await list()).toMatchObject({
    total: 2,
    items: [
      { name: 'Native Range', rangeType: 'Native', subnet: '10.20.0.0/24' },
      { networkRangeId, ...range(7), azureFloatingIp: null },
    ],
  });
  await client.call('siteUpdateNetworkRange', { networkRangeId, updateNetworkRangeInput: { vlan: 9 } });
  const read = await client.call('siteNetworkRange', { networkRangeID: networkRangeId });
  expect(at(read, 'site', 'networkRange')).toMatchObject({ ...range(7), vlan: 9 });
  await client.call('siteRemoveNetworkRange', { networkRangeId });
  const gone = await client.send('siteNetworkRange', { networkRangeID: networkRangeId });
  expect(at(gone.body, 'errors', 0, 'message')).toBe(`Invalid network range id: ${networkRangeId}`);
  const again = await client.send('siteRemoveNetworkRange', { networkRangeId });
  expect(at(again.body, 'errors', 0, 'message')).toBe(
    `Network range with id: ${networkRangeId} is not found`,
  );
});

it('lookups show it below its site, and hosts may live in it', async () => {
  await add(7);
  const found = await client.lookup({ type: 'siteRange', parent: { id: siteId, type: 'site' } });
  expect(at(found, 'entityLookup')).toMatchObject({
    total: 2,
    items: { 1: { entity: { name: 'acme-paris \\ Default \\ vlan-7' }, helperFields: { siteId } } },
  });
  const addStaticHostInput = { name: 'cam', ip: '10.30.7.1' };
  await client.call('siteAddStaticHost', { siteId, addStaticHostInput });
});

it('bulk calls take all or nothing, and the native range is nobody’s to add or remove', async () => {
  const create = (networkRange: unknown[]) =>
    client.send('siteCreateNetworkRangeBulk', {
      createNetworkRangeBulkInput: { site: site(), networkRange },
    });
  const created = await create([on(1), on(2)]);
  const ids = at(created.body, 'data', 'site', 'createNetworkRangeBulk', 'networkRange');
  const [first, second] = [textAt(ids, 0, 'networkRangeId'), textAt(ids, 1, 'networkRangeId')];
  for (const bad of [on(1), { ...on(4), subnet: range(2).subnet }, { ...on(4), rangeType: 'Native' }]) {
    expect(at((await create([on(3), bad])).body, 'errors')).toHaveLength(1);
  }
  expect(await names()).toEqual(['Native Range', 'vlan-1', 'vlan-2']);
  const updates = [
    { id: first, name: 'one' },
    { id: second, name: 'one' },
  ];
  const updated = await client.send('siteUpdateNetworkRangeBulk', {
    updateNetworkRangeBulkInput: { site: site(), networkRange: updates },
  });
  expect(at(updated.body, 'errors', 0, 'message')).toContain('already exists');
  expect(await names()).toEqual(['Native Range', 'vlan-1', 'vlan-2']);
  const change = { networkRangeToAdd: [on(5)], networkRangeToRemove: [{ networkRangeId: first }] };
  await client.call('siteUpdateSiteNetworkRanges', {
    updateSiteNetworkRangesInput: { site: site(), ...change },
  });
  expect(await names()).toEqual(['Native Range', 'vlan-2', 'vlan-5']);
  const native = textAt(await list(), 'items', 0, 'networkRangeId');
  const remove = (networkRangeId: string) =>
    client.send('siteDeleteNetworkRangeBulk', {
      deleteNetworkRangeBulkInput: { site: site(), networkRange: [{ networkRangeId }] },
    });
  expect(at((await remove(native)).body, 'errors', 0, 'message')).toContain('native');
  expect(at((await remove(second)).body, 'errors')).toBeUndefined();
  expect(await names()).toEqual(['Native Range', 'vlan-5']);
});

it('is shown, changed and removed by the back door, and goes with its site', async () => {
  const id = await add(7);
  const reference = { vendor: 'cato', account: ACCOUNT, kind: 'range', id };
  await client.steer('POST', '/objects:mutate', { ...reference, set: { subnet: '10.31.0.0/24' } });
  const objects = await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`);
  expect(at(objects, 'objects', 'ranges')).toEqual([
    expect.objectContaining({ id, siteId, subnet: '10.31.0.0/24' }),
  ]);
  await client.steer('POST', '/objects:delete', reference);
  expect(await names()).toEqual(['Native Range']);
  await add(8);
  await client.call('siteRemoveSite', { siteId });
  expect(
    at(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`), 'objects', 'ranges'),
  ).toEqual([]);
});
