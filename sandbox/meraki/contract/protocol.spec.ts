import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  at,
  KEY,
  listOf,
  ORGANIZATION,
  SandboxClient,
  serial,
  textAt,
  type Reply,
} from './sandbox-client.js';

let now = 1_700_000_000_000;
let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start({ realNow: () => now });
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const account = { vendor: 'meraki', account: ORGANIZATION };
const list = (identity = {}): Promise<Reply> => client.send('GET', 'networks', undefined, identity);
const create = (name: string): Promise<Reply> =>
  client.send('POST', 'networks', { name, productTypes: ['switch'] });
const failureOf = (reply: Promise<Reply>): Promise<string> =>
  reply.then(
    ({ status }) => `answered with ${status}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const names = async (): Promise<unknown[]> => listOf(await client.stored('networks'), 'name');
const callsOf = async (id = ORGANIZATION) => client.steer('GET', `/calls?vendor=meraki&account=${id}`);

describe('the key', () => {
  it('comes as a bearer token or in the vendor’s own header', async () => {
    expect((await list({ headers: { authorization: 'Bearer anything' } })).status).toBe(200);
    expect((await list({ headers: { 'x-cisco-meraki-api-key': 'anything' } })).status).toBe(200);
  });

  it.each([
    ['none', {}],
    ['the one that is never valid', { authorization: 'Bearer invalid' }],
    ['one that is no bearer token', { authorization: `Basic ${KEY}` }],
  ])('is refused with 401 when it is %s', async (_what, headers) => {
    expect(await list({ headers })).toMatchObject({ status: 401, body: { errors: ['Invalid API key'] } });
    expect(await callsOf()).toMatchObject({
      unauthorized: 1,
      operations: { getOrganizationNetworks: { calls: 0, rejected: 1 } },
    });
  });

  it('is refused after it was revoked, and with 403 where another one belongs to the organization', async () => {
    await client.steer('POST', '/tokens:revoke', { ...account, token: KEY });
    expect((await list()).status).toBe(401);
    await client.steer('POST', '/tokens:accept', { ...account, token: KEY });
    await client.steer('POST', '/tokens:expect', { ...account, token: 'other' });
    expect(await list()).toMatchObject({ status: 403, body: { errors: [expect.any(String)] } });
    expect((await list({ key: 'other' })).status).toBe(200);
  });
});

describe('calls', () => {
  it('are counted by the organization and the name of the operation, wherever the path names no organization', async () => {
    const network = textAt((await create('acme-paris')).body, 'id');
    await client.call('POST', `/networks/${network}/devices/claim`, { serials: [serial(1)] });
    await client.call('PUT', `/devices/${serial(1)}`, { name: 'till' });
    await client.call('DELETE', `/networks/${network}`);
    await client.send('GET', `/networks/${network}`);
    expect(await callsOf()).toMatchObject({
      total: 5,
      operations: {
        createOrganizationNetwork: { calls: 1 },
        claimNetworkDevices: { calls: 1 },
        updateDevice: { calls: 1 },
        deleteNetwork: { calls: 1 },
        getNetwork: { calls: 1 },
      },
    });
  });

  it('of something that nobody ever had are nobody’s', async () => {
    expect((await client.send('GET', '/networks/N_1')).status).toBe(404);
    expect(await callsOf('unknown')).toMatchObject({ operations: { getNetwork: { calls: 1 } } });
  });

  it('of what the API does not have are not found, and a body that is no JSON is a bad request', async () => {
    expect(await client.send('GET', '/planets')).toMatchObject({
      status: 404,
      body: { errors: ['Not found'] },
    });
    expect((await client.send('PATCH', 'networks', {})).status).toBe(404);
    expect(await client.send('POST', 'networks', '{"name"')).toMatchObject({
      status: 400,
      body: { errors: ['The request body is not JSON'] },
    });
  });
});

const burst = async (calls: number, id = ORGANIZATION): Promise<number> => {
  let admitted = 0;
  for (let call = 0; call < calls; call += 1) {
    const { status } = await client.send('GET', `/organizations/${id}/networks`);
    admitted += status === 200 ? 1 : 0;
  }
  return admitted;
};

describe('the limit of an organization', () => {
  it('lets ten come at once, then one every tenth of a second: thirty in two seconds', async () => {
    let admitted = await burst(12);
    expect(admitted).toBe(10);
    for (let tenth = 0; tenth < 20; tenth += 1) {
      now += 100;
      admitted += await burst(2);
    }
    expect(admitted).toBe(30);
    now += 60_000;
    expect(await burst(12)).toBe(10);
  });

  it('answers 429 with Retry-After, whatever key comes, and counts the refused apart', async () => {
    await burst(10);
    const reply = await list({ key: 'another' });
    expect(reply).toMatchObject({
      status: 429,
      body: { errors: ['API rate limit exceeded for organization'] },
    });
    expect(reply.headers.get('retry-after')).toBe('1');
    expect(await burst(1, '77')).toBe(1);
    expect(await callsOf()).toMatchObject({
      refused: 1,
      operations: { getOrganizationNetworks: { calls: 10, refused: 1 } },
    });
  });

  it('is one for all operations, devices and networks too, and batches count as one call', async () => {
    await client.steer('POST', '/settings', { vendor: 'meraki', rateLimits: false });
    const network = textAt((await create('acme-paris')).body, 'id');
    await client.steer('POST', '/settings', { vendor: 'meraki', rateLimits: true });
    await burst(9);
    const actions = [
      { resource: `/networks/${network}/devices/claim`, operation: 'claim', body: { serials: [serial(1)] } },
    ];
    expect((await client.send('POST', 'actionBatches', { confirmed: true, actions })).status).toBe(201);
    expect((await client.send('GET', `/networks/${network}`)).status).toBe(429);
  });

  it('goes with the sandbox’s clock, and Retry-After with the client’s', async () => {
    await client.steer('POST', '/clock', { scale: 0.01 });
    await burst(10);
    expect((await list()).headers.get('retry-after')).toBe('10');
    await client.steer('POST', '/clock', { scale: 10 });
    now += 100;
    expect(await burst(12)).toBe(10);
  });

  it('can be joined by that of a source address: a hundred a second for all organizations', async () => {
    await client.steer('POST', '/settings', { vendor: 'meraki', sourceLimit: true });
    let admitted = 0;
    for (let id = 1; id <= 11; id += 1) admitted += await burst(10, String(id));
    expect(admitted).toBe(100);
  });
});

const order = async (rule: Record<string, unknown>): Promise<string> =>
  textAt(
    await client.steer('POST', '/faults', { ...account, operation: 'createOrganizationNetwork', ...rule }),
    'id',
  );

describe('faults', () => {
  it.each<[Record<string, unknown>, number, string]>([
    [{ effect: 'status', status: 503, message: 'try later' }, 503, 'try later'],
    [{ effect: 'status', status: 429 }, 429, 'API rate limit exceeded for organization'],
    [{ effect: 'status' }, 500, 'Internal server error'],
  ])('%o: a failure in the vendor’s shape instead of the call', async (rule, status, message) => {
    await order(rule);
    expect(await create('a')).toMatchObject({ status, body: { errors: [message] } });
    expect(await names()).toEqual([]);
  });

  it.each([
    ['reset_before', []],
    ['reset_after', ['a']],
  ])('%s: the connection breaks', async (effect, stored) => {
    await order({ effect, nth: 1 });
    await expect(create('a')).rejects.toThrow('fetch failed');
    expect(await names()).toEqual(stored);
  });

  it('malformed: done, and the answer is cut off', async () => {
    await order({ effect: 'malformed' });
    await expect(create('a')).rejects.toThrow(SyntaxError);
    expect(await names()).toEqual(['a']);
  });

  it('delay: late, but right', async () => {
    await order({ effect: 'delay', delayMs: 20 });
    expect((await create('a')).status).toBe(201);
  });

  it('hang: no answer until the rule is deleted', async () => {
    const id = await order({ effect: 'hang' });
    const hanging = failureOf(create('a'));
    expect(await client.steer('GET', `/faults/${id}?waitMs=5000`)).toMatchObject({ fired: 1, holding: 1 });
    await client.steer('DELETE', `/faults/${id}`);
    expect(await hanging).toContain('fetch failed');
    expect(await names()).toEqual([]);
  });

  it('hit the wanted call of the wanted operation alone', async () => {
    await order({ effect: 'status', nth: 2 });
    expect((await create('a')).status).toBe(201);
    expect((await list()).status).toBe(200);
    expect((await create('b')).status).toBe(500);
    expect((await create('b')).status).toBe(201);
  });
});

describe('out of band', () => {
  it('networks and devices are changed and deleted', async () => {
    const network = textAt((await create('acme-paris')).body, 'id');
    await client.call('POST', `/networks/${network}/devices/claim`, { serials: [serial(1), serial(2)] });
    const device = { ...account, kind: 'device', id: serial(1) };
    await client.steer('POST', '/objects:mutate', {
      ...account,
      kind: 'network',
      name: 'acme-paris',
      set: { name: 'drifted', notes: 'by hand' },
    });
    await client.steer('POST', '/objects:mutate', { ...device, set: { name: 'till' } });
    expect(await client.call('GET', `/networks/${network}`)).toMatchObject({
      name: 'drifted',
      notes: 'by hand',
    });
    expect(await client.call('GET', `/devices/${serial(1)}`)).toMatchObject({ name: 'till' });
    await client.steer('POST', '/objects:delete', { ...account, kind: 'device', name: 'till' });
    expect(await client.stored('devices')).toMatchObject([{ serial: serial(2), networkId: network }]);
    await client.steer('POST', '/objects:mutate', { ...device, id: serial(2), set: { networkId: null } });
    expect((await client.send('GET', `/devices/${serial(2)}`)).status).toBe(404);
    await client.steer('POST', '/objects:delete', { ...account, kind: 'network', id: network });
    expect(await names()).toEqual([]);
  });

  it('what cannot be is refused with its reason', async () => {
    const network = textAt((await create('acme-paris')).body, 'id');
    await create('acme-lyon');
    await client.call('POST', 'inventory/claim', { serials: [serial(1)] });
    const mutate = async (reference: Record<string, unknown>, set: unknown) =>
      client.admin('POST', '/objects:mutate', { ...account, ...reference, set });
    const refused = async (reference: Record<string, unknown>, set: unknown) => {
      const reply = await mutate(reference, set);
      return `${reply.status} ${textAt(reply.body, 'error')}`;
    };
    const one = { kind: 'network', id: network };
    expect(await refused(one, { colour: 1 })).toContain('400 set.colour: a network has no such field');
    expect(await refused(one, { id: '1' })).toContain('400 set.id');
    expect(await refused(one, { name: 'acme-lyon' })).toContain('400 set.name');
    expect(await refused({ kind: 'device', id: serial(1) }, { networkId: 'N_1' })).toContain(
      '400 set.networkId',
    );
    expect(await refused({ kind: 'planet', id: '1' }, {})).toContain('known: network, device');
    expect(await refused({ kind: 'network', id: 'N_1' }, {})).toContain('404');
    expect(await refused({ kind: 'device', name: 'x' }, {})).toContain('404');
    expect((await client.admin('POST', '/settings', { vendor: 'meraki', batchMs: 'soon' })).status).toBe(400);
  });
});

it('what was stored yesterday is there today, running batches too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-data-'));
  const path = join(folder, 'kept.json');
  const yesterday = await SandboxClient.start({ realNow: () => now }, path);
  const network = await yesterday.addNetwork('acme-paris');
  const actions = [
    { resource: `/networks/${network}/devices/claim`, operation: 'claim', body: { serials: [serial(1)] } },
  ];
  const batch = await yesterday.call('POST', 'actionBatches', { confirmed: true, actions });
  await yesterday.close();
  const today = await SandboxClient.start({ realNow: () => now }, path);
  try {
    expect(await today.stored('networks')).toMatchObject([{ id: network, name: 'acme-paris' }]);
    now += 60_000;
    const ended = await today.call('GET', `actionBatches/${textAt(batch, 'id')}`);
    expect(at(ended, 'status', 'completed')).toBe(true);
    expect(await today.call('GET', `/networks/${network}/devices`)).toHaveLength(1);
    expect(await today.addNetwork('acme-lyon')).not.toBe(network);
  } finally {
    await today.close();
    await rm(folder, { recursive: true });
  }
});
