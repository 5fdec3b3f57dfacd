import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentName } from './documents.js';
import { ACCOUNT, addSite, at, SandboxClient, textAt, type Reply } from './sandbox-client.js';

const account = { vendor: 'cato', account: ACCOUNT };

let client: SandboxClient;
let siteId: string;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  siteId = await addSite(client, 'acme-paris');
});
afterAll(() => client.close());

type Host = { name: string; ip: string; macAddress?: string | null };

const readdressed = (hostId: string, ip: string) => ({
  hostToAdd: [{ name: 'cam-1', ip }],
  hostToRemove: [{ hostId }],
});
const listAt = (value: unknown, ...path: string[]): unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [found];
};
const byId = (input = siteId) => ({ by: 'ID', input });
const host = (number: number): Host => ({ name: `cam-${number}`, ip: `10.20.0.${number}`, macAddress: null });
const fieldOf = (name: DocumentName): string => name.charAt(4).toLowerCase() + name.slice(5);
const bulkVariables = (name: DocumentName, input: Record<string, unknown>): Record<string, unknown> => ({
  [`${fieldOf(name)}Input`]: { site: byId(), ...input },
});
const bulk = async (name: DocumentName, input: Record<string, unknown>): Promise<unknown[]> =>
  listAt(await client.call(name, bulkVariables(name, input)), 'site', fieldOf(name), 'host');
const refusedBulk = async (name: DocumentName, input: Record<string, unknown>): Promise<unknown> => {
  const { status, body } = await client.send(name, bulkVariables(name, input));
  expect(status).toBe(200);
  return at(body, 'errors', 0, 'message');
};
const list = async (input = siteId): Promise<unknown[]> =>
  listAt(
    await client.call('siteStaticHostList', { siteRefInput: byId(input) }),
    'site',
    'staticHostList',
    'items',
  );
const add = async (added: Host, site = siteId): Promise<string> =>
  textAt(
    await client.call('siteAddStaticHost', { siteId: site, addStaticHostInput: added }),
    'site',
    'addStaticHost',
    'hostId',
  );
const storedHosts = async () =>
  at(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`), 'objects', 'hosts');
const messageOf = ({ body }: Reply): unknown => at(body, 'errors', 0, 'message');

describe('one host', () => {
  it('is added, read, changed field by field, and removed', async () => {
    const hostId = await add({ ...host(1), macAddress: '00:11:22:33:44:55' });
    const read = async () =>
      at(await client.call('siteStaticHost', { siteRefInput: byId(), hostId }), 'site', 'staticHost', 'host');
    expect(await read()).toEqual({ hostId, ...host(1), macAddress: '00:11:22:33:44:55' });
    await client.call('siteUpdateStaticHost', {
      hostId,
      updateStaticHostInput: { ip: '10.20.0.9', name: null, macAddress: null },
    });
    expect(await read()).toEqual({ hostId, name: 'cam-1', ip: '10.20.0.9', macAddress: '00:11:22:33:44:55' });
    await client.call('siteRemoveStaticHost', { hostId });
    expect(await list()).toEqual([]);
    const message = `Static host with id: ${hostId} is not found`;
    expect(messageOf(await client.send('siteRemoveStaticHost', { hostId }))).toBe(message);
    expect(messageOf(await client.send('siteStaticHost', { siteRefInput: byId(), hostId }))).toBe(message);
    const update = { hostId, updateStaticHostInput: { name: 'other' } };
    expect(messageOf(await client.send('siteUpdateStaticHost', update))).toBe(message);
  });

  it('has a name and an address that are unique within its site, and free in the next one', async () => {
    await add(host(1));
    const second = await add(host(2));
    const send = (addStaticHostInput: Host) =>
      client.send('siteAddStaticHost', { siteId, addStaticHostInput });
    expect(messageOf(await send({ name: 'cam-1', ip: '10.20.0.7' }))).toContain('"cam-1" already exists');
    expect(messageOf(await send({ name: 'cam-7', ip: '10.20.0.1' }))).toContain(
      'IP 10.20.0.1 already exists',
    );
    const update = { hostId: second, updateStaticHostInput: { name: 'cam-1' } };
    expect(messageOf(await client.send('siteUpdateStaticHost', update))).toContain('already exists');
    const lyon = await addSite(client, 'acme-lyon');
    await add(host(1), lyon);
    expect(await list(lyon)).toEqual([expect.objectContaining(host(1))]);
  });

  it('has an address of one of the ranges of its site', async () => {
    const foreign = { name: 'cam', ip: '10.21.0.1' };
    const refused = await client.send('siteAddStaticHost', { siteId, addStaticHostInput: foreign });
    expect(messageOf(refused)).toBe('Static host "cam": IP 10.21.0.1 is not in a network range of the site');
    await client.call('siteUpdateIpsecIkeV2SiteGeneralDetails', {
      siteId,
      updateIpsecIkeV2SiteGeneralDetailsInput: { networkRanges: ['lan:10.21.0.0/24'] },
    });
    await add(foreign);
    await client.steer('POST', '/settings', { vendor: 'cato', hostOutsideRanges: 'accept' });
    await add({ name: 'far', ip: '192.168.0.1' });
  });

  it.each([
    [
      { name: 'cam', ip: '10.20.0.300' },
      'input: variable.addStaticHostInput.ip 10.20.0.300 is not a valid IPAddress',
    ],
    [
      { ...host(1), macAddress: 'none' },
      'input: variable.addStaticHostInput.macAddress none is not a valid MacAddress',
    ],
    [{ ip: '10.20.0.3' }, 'cannot be null'],
  ])('%j is refused with 422', async (addStaticHostInput, message) => {
    const reply = await client.send('siteAddStaticHost', { siteId, addStaticHostInput });
    expect(reply.status).toBe(422);
    expect(messageOf(reply)).toBe(message);
  });
});

describe('the declarative call', () => {
  const NAME = 'siteUpdateSiteStaticHosts';

  it('adds and removes, and answers all hosts of the site as they are then', async () => {
    const kept = await add(host(1));
    const gone = await add(host(2));
    const after = await bulk(NAME, { hostToAdd: [host(3), host(4)], hostToRemove: [{ hostId: gone }] });
    expect(after).toEqual([
      { hostId: kept, ...host(1) },
      { hostId: expect.any(String), ...host(3) },
      { hostId: expect.any(String), ...host(4) },
    ]);
    expect(await list()).toEqual(after);
  });

  it('gives a name on within one call; with the other order of the vendor’s work it does not', async () => {
    const old = await add(host(1));
    const hostId = textAt(await bulk(NAME, readdressed(old, '10.20.0.8')), 0, 'hostId');
    expect(hostId).not.toBe(old);
    await client.steer('POST', '/settings', { vendor: 'cato', bulkOrder: 'add-first' });
    expect(await refusedBulk(NAME, readdressed(hostId, '10.20.0.9'))).toContain('already exists');
  });

  it('replaces everything by a full set, and takes no full set beside additions', async () => {
    const kept = await add(host(1));
    await add(host(2));
    expect(await refusedBulk(NAME, { host: [host(1)], hostToAdd: [host(5)] })).toContain('full set');
    expect(await bulk(NAME, { host: [{ ...host(1), ip: '10.20.0.2' }, host(3)] })).toEqual([
      { hostId: kept, ...host(1), ip: '10.20.0.2' },
      expect.objectContaining(host(3)),
    ]);
    expect(await bulk(NAME, { host: [] })).toEqual([]);
  });

  it('does nothing at all when one host is refused', async () => {
    const first = await add(host(1));
    const before = await list();
    const message = await refusedBulk(NAME, {
      hostToAdd: [host(2), { name: 'bad', ip: '10.99.0.1' }, host(3)],
      hostToRemove: [{ hostId: first }],
    });
    expect(message).toContain('"bad"');
    expect(await list()).toEqual(before);
    const unknown = { hostToAdd: [host(2)], hostToRemove: [{ hostId: first }, { hostId: '1' }] };
    expect(await refusedBulk(NAME, unknown)).toBe('Static host with id: 1 is not found');
    expect(await list()).toEqual(before);
  });

  it('leaves what stood before the bad host, when so chosen', async () => {
    await client.steer('POST', '/settings', { vendor: 'cato', bulkFailure: 'partial' });
    await refusedBulk(NAME, { hostToAdd: [host(2), { name: 'bad', ip: '10.99.0.1' }, host(3)] });
    expect(await list()).toEqual([expect.objectContaining(host(2))]);
  });

  it('says by the path of a 422 which host is malformed', async () => {
    const input = { site: byId(), hostToAdd: [host(1), { name: 'bad', ip: '10.20.0' }] };
    const { status, body } = await client.send(NAME, { updateSiteStaticHostsInput: input });
    expect(status).toBe(422);
    expect(at(body, 'errors', 0, 'path')).toEqual([
      'variable',
      'updateSiteStaticHostsInput',
      'hostToAdd',
      1,
      'ip',
    ]);
    expect(await list()).toEqual([]);
  });

  it('takes up to 1000 hosts, or what is chosen', async () => {
    await client.steer('POST', '/settings', { vendor: 'cato', hostOutsideRanges: 'accept' });
    const many = Array.from({ length: 1001 }, (_, index) => ({
      name: `h-${index}`,
      ip: `10.9.${index >> 8}.${index & 255}`,
    }));
    expect(await refusedBulk(NAME, { hostToAdd: many })).toContain('at most 1000');
    expect(await bulk(NAME, { hostToAdd: many.slice(1) })).toHaveLength(1000);
    await client.steer('POST', '/settings', { vendor: 'cato', bulkLimit: 2 });
    expect(await refusedBulk(NAME, { host: many.slice(0, 3) })).toContain('at most 2');
  });

  it('knows its site by name as well, and no other account’s site', async () => {
    const named = { site: { by: 'NAME', input: 'acme-paris' }, hostToAdd: [host(1)] };
    await client.call(NAME, { updateSiteStaticHostsInput: named });
    expect(await list()).toHaveLength(1);
    const foreign = await client.send(NAME, { updateSiteStaticHostsInput: named }, { account: '2000' });
    expect(messageOf(foreign)).toBe('Site with name: acme-paris is not found');
  });
});

describe('bulk calls', () => {
  it('create, update and delete answer the hosts they were about', async () => {
    const created = await bulk('siteCreateStaticHostBulk', { host: [host(1), host(2), host(3)] });
    const ids = [0, 1].map((index) => textAt(created, index, 'hostId'));
    const [first = '', second = ''] = ids;
    const changed = { hostId: first, macAddress: '00:11:22:33:44:55' };
    expect(await bulk('siteUpdateStaticHostBulk', { host: [changed] })).toEqual([{ ...host(1), ...changed }]);
    expect(await bulk('siteDeleteStaticHostBulk', { host: [{ hostId: second }] })).toEqual([
      { hostId: second, ...host(2) },
    ]);
    expect(await list()).toHaveLength(2);
  });

  it('are refused as a whole, updates with what they changed before', async () => {
    const created = await bulk('siteCreateStaticHostBulk', { host: [host(1), host(2)] });
    expect(await refusedBulk('siteCreateStaticHostBulk', { host: [host(3), host(3)] })).toContain('exists');
    const [first, second] = [textAt(created, 0, 'hostId'), textAt(created, 1, 'hostId')];
    const lyon = await addSite(client, 'acme-lyon');
    const elsewhere = await add(host(1), lyon);
    const bad = [
      { hostId: first, name: 'renamed' },
      { hostId: elsewhere, name: 'x' },
    ];
    expect(await refusedBulk('siteUpdateStaticHostBulk', { host: bad })).toContain('is not found');
    const deleted = [{ hostId: first }, { hostId: second }, { hostId: first }];
    expect(await refusedBulk('siteDeleteStaticHostBulk', { host: deleted })).toContain('is not found');
    expect(new Set(await list())).toEqual(new Set(created));
  });
});

describe('lookups', () => {
  it('find hosts by site, by id and by name, in pages', async () => {
    await bulk('siteCreateStaticHostBulk', {
      host: Array.from({ length: 60 }, (_, index) => host(index + 1)),
    });
    const lyon = await addSite(client, 'acme-lyon');
    const hostId = await add({ name: 'printer', ip: '10.20.0.1' }, lyon);
    const found = async (given: Record<string, unknown>) =>
      at(await client.lookup({ type: 'host', ...given }), 'entityLookup');
    expect(await found({})).toMatchObject({ total: 61, items: { length: 50 } });
    expect(await found({ from: 50 })).toMatchObject({ total: 61, items: { length: 11 } });
    expect(await found({ limit: 0 })).toMatchObject({ total: 61, items: { length: 61 } });
    const ofParis = { parent: { id: siteId, type: 'site' }, limit: 25, from: 50 };
    expect(await found(ofParis)).toMatchObject({ total: 60, items: { length: 10 } });
    const printer = {
      entity: { id: hostId, name: 'printer', type: 'host' },
      description: '',
      helperFields: { ip: '10.20.0.1', siteId: lyon, interfaceName: 'Default' },
    };
    expect(await found({ entityIDs: [hostId] })).toEqual({ items: [printer], total: 1 });
    expect(await found({ search: 'PRINT' })).toEqual({ items: [printer], total: 1 });
    expect(await found({ entityIDs: ['1'] })).toEqual({ items: [], total: 0 });
  });
});

describe('the back door', () => {
  it('shows hosts with their site, and changes and removes them by id or by site and name', async () => {
    const hostId = await add(host(1));
    await add(host(2));
    expect(at(await storedHosts(), 0)).toEqual({ hostId, siteId, site: 'acme-paris', ...host(1) });
    const reference = { ...account, kind: 'host', id: hostId };
    const mutate = (set: unknown) => client.admin('POST', '/objects:mutate', { ...reference, set });
    expect((await mutate({ name: 'drifted', ip: '172.16.0.1' })).status).toBe(200);
    expect((await mutate({ name: 'cam-2' })).status).toBe(400);
    expect((await mutate({ ip: 5 })).status).toBe(400);
    expect((await mutate({ siteId: '5' })).status).toBe(400);
    const drifted = expect.objectContaining({ hostId, name: 'drifted', ip: '172.16.0.1' });
    expect(await list()).toEqual(expect.arrayContaining([drifted]));
    await client.steer('POST', '/objects:delete', { ...account, kind: 'host', name: 'acme-paris/drifted' });
    expect(await list()).toEqual([expect.objectContaining(host(2))]);
    const again = await client.admin('POST', '/objects:delete', reference);
    expect(again.status).toBe(404);
    await add(host(1));
  });
});

it('a removed site takes its hosts along', async () => {
  const hostId = await add(host(1));
  await client.call('siteRemoveSite', { siteId });
  expect(messageOf(await client.send('siteStaticHostList', { siteRefInput: byId() }))).toContain('not found');
  expect(messageOf(await client.send('siteRemoveStaticHost', { hostId }))).toContain('not found');
  expect(await storedHosts()).toEqual([]);
});

it.each([
  ['siteUpdateSiteStaticHosts', () => ({ updateSiteStaticHostsInput: { site: byId() } })],
  ['siteCreateStaticHostBulk', () => ({ createStaticHostBulkInput: { site: byId(), host: [] } })],
  ['siteStaticHostList', () => ({ siteRefInput: byId() })],
  ['siteRemoveStaticHost', () => ({ hostId: '1' })],
] as const)('%s has 120 calls a minute of its own, however many hosts it names', async (name, variables) => {
  for (let call = 0; call < 120; call += 1) await client.send(name, variables());
  const path = ['site', fieldOf(name)];
  const refused = { message: `rate limit for operation: ${fieldOf(name)}`, path };
  expect((await client.send(name, variables())).body).toEqual({ errors: [refused], data: null });
  await add(host(1));
  const { operations } = await client.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`);
  expect(at(operations, fieldOf(name))).toMatchObject({ calls: 120, refused: 1 });
});

it.each([
  ['reset_before', 0],
  ['reset_after', 1],
])('a fault of the kind %s leaves %i hosts', async (effect, count) => {
  await client.steer('POST', '/faults', {
    vendor: 'cato',
    operation: 'updateSiteStaticHosts',
    effect,
    nth: 1,
  });
  await expect(bulk('siteUpdateSiteStaticHosts', { hostToAdd: [host(1)] })).rejects.toThrow('fetch failed');
  expect(await list()).toHaveLength(count);
});
