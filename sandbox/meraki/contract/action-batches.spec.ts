import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, listOf, ORGANIZATION, SandboxClient, serial, textAt, type Reply } from './sandbox-client.js';

let now = 1_700_000_000_000;
let client: SandboxClient;
let network: string;
beforeAll(async () => {
  client = await SandboxClient.start({ realNow: () => now });
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await client.steer('POST', '/settings', {
    vendor: 'meraki',
    rateLimits: false,
    batchMs: 1000,
    batchActionMs: 10,
  });
  network = await client.addNetwork('acme-paris');
});
afterAll(() => client.close());

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const claim = (...serials: string[]) => ({
  resource: `/networks/${network}/devices/claim`,
  operation: 'claim',
  body: { serials },
});
const rename = (number: number) => ({
  resource: `/devices/${serial(number)}`,
  operation: 'update',
  body: { name: `device-${number}` },
});
const create = (actions: unknown[], more: Record<string, unknown> = {}): Promise<Reply> =>
  client.send('POST', 'actionBatches', { confirmed: true, synchronous: false, actions, ...more });
const started = async (actions: unknown[]): Promise<string> => {
  const reply = await create(actions);
  expect(reply.status).toBe(201);
  return textAt(reply.body, 'id');
};
const statusOf = async (id: string) => at(await client.call('GET', `actionBatches/${id}`), 'status');
const devices = () => client.call('GET', `/networks/${network}/devices`);

const PENDING = { completed: false, failed: false, errors: [], createdResources: [] };
const COMPLETED = { ...PENDING, completed: true };

describe('an asynchronous batch', () => {
  it('is accepted with 201 and has done everything when its time is over', async () => {
    const actions = [claim(serial(1), serial(2)), rename(1), rename(2)];
    const reply = await create(actions);
    expect(reply).toMatchObject({
      status: 201,
      body: {
        id: expect.any(String),
        organizationId: ORGANIZATION,
        confirmed: true,
        synchronous: false,
        status: PENDING,
        actions,
      },
    });
    const id = textAt(reply.body, 'id');
    now += 1029;
    expect(await statusOf(id)).toEqual(PENDING);
    expect(await devices()).toEqual([]);
    now += 1;
    expect(await devices()).toMatchObject([{ name: 'device-1' }, { name: 'device-2' }]);
    expect(await statusOf(id)).toEqual(COMPLETED);
  });

  it('passes with the sandbox’s clock', async () => {
    const id = await started([claim(serial(1))]);
    await client.steer('POST', '/clock', { advanceMs: 1010 });
    expect(await statusOf(id)).toEqual(COMPLETED);
  });

  it('takes 100 actions and no more: a hundred devices in one call', async () => {
    const hundred = [claim(...numbers(99).map(serial)), ...numbers(99).map(rename)];
    expect((await create(hundred)).status).toBe(201);
    now += 10_000;
    expect(listOf(await devices(), 'name')).toEqual(numbers(99).map((number) => `device-${number}`));
    expect(await create([...hundred, rename(1)])).toMatchObject({
      status: 400,
      body: { errors: ['A batch can have at most 100 actions'] },
    });
  });

  it('is all or nothing, in order, and says what failed', async () => {
    await client.call('POST', `/networks/${network}/devices/claim`, { serials: [serial(9)] });
    const before = await client.stored('devices');
    const removeNine = {
      resource: `/networks/${network}/devices/remove`,
      operation: 'remove',
      body: { serial: serial(9) },
    };
    const id = await started([removeNine, claim(serial(1)), rename(1), claim('Q2-NO'), rename(9)]);
    now += 10_000;
    expect(await statusOf(id)).toEqual({
      ...PENDING,
      failed: true,
      errors: ['Device with serial Q2-NO not found'],
    });
    expect(await client.stored('devices')).toEqual(before);
    expect(listOf(await devices(), 'serial')).toEqual([serial(9)]);
  });

  it('undoes networks and organization-wide settings as well', async () => {
    const before = await client.stored('networks');
    const inOrganization = `/organizations/${ORGANIZATION}`;
    await started([
      { resource: `/networks/${network}`, operation: 'update', body: { name: 'other' } },
      {
        resource: `${inOrganization}/networks`,
        operation: 'create',
        body: { name: 'n', productTypes: ['switch'] },
      },
      { resource: `/networks/${network}`, operation: 'destroy' },
      {
        resource: `${inOrganization}/appliance/vpn/thirdPartyVPNPeers`,
        operation: 'update',
        body: { peers: [{ name: 'p', privateSubnets: [] }] },
      },
      rename(1),
    ]);
    now += 10_000;
    expect(await client.stored('networks')).toEqual(before);
    expect(await client.stored('thirdPartyVpnPeers')).toEqual([]);
    expect((await client.send('POST', 'networks', { name: 'n', productTypes: ['switch'] })).status).toBe(201);
  });

  it('names the networks that it created', async () => {
    const resource = `/organizations/${ORGANIZATION}/networks`;
    const id = await started([
      { resource, operation: 'create', body: { name: 'n', productTypes: ['switch'] } },
    ]);
    now += 10_000;
    const created = textAt(await statusOf(id), 'createdResources', 0, 'id');
    expect(await client.call('GET', `/networks/${created}`)).toMatchObject({ name: 'n' });
  });

  it('fails when it would change another organization', async () => {
    const resource = '/organizations/1/networks';
    const id = await started([
      { resource, operation: 'create', body: { name: 'n', productTypes: ['switch'] } },
    ]);
    now += 10_000;
    expect(await statusOf(id)).toMatchObject({ failed: true, errors: ['Not found'] });
  });

  it('fails when it is not done within ten minutes', async () => {
    await client.steer('POST', '/settings', { vendor: 'meraki', batchMs: 900_000 });
    const id = await started([claim(serial(1))]);
    now += 599_999;
    expect(await statusOf(id)).toEqual(PENDING);
    now += 1;
    expect(await statusOf(id)).toMatchObject({ failed: true });
    expect(await devices()).toEqual([]);
  });

  it('fails when a fault rule says so', async () => {
    const rule = {
      vendor: 'meraki',
      operation: 'runActionBatch',
      effect: 'status',
      times: 1,
      message: 'busy',
    };
    const fault = textAt(await client.steer('POST', '/faults', rule), 'id');
    const ids = [await started([claim(serial(1))]), await started([claim(serial(2))])];
    now += 10_000;
    expect(await Promise.all(ids.map(statusOf))).toMatchObject([{ errors: ['busy'] }, { completed: true }]);
    expect(await client.steer('GET', `/faults/${fault}`)).toMatchObject({ fired: 1 });
    expect(listOf(await devices(), 'serial')).toEqual([serial(2)]);
  });

  it('older clients say create for claim and remove', async () => {
    await started([{ ...claim(serial(1)), operation: 'create' }]);
    now += 10_000;
    expect(listOf(await devices(), 'serial')).toEqual([serial(1)]);
  });
});

describe('five batches', () => {
  it('of an organization may run, and the sixth is refused until one has ended', async () => {
    for (const number of numbers(5)) await started([claim(serial(number))]);
    const tooMany = {
      status: 400,
      body: { errors: ['Too many concurrently running batches. Limit is 5.'] },
    };
    expect(await create([claim(serial(6))])).toMatchObject(tooMany);
    expect(await create([claim(serial(6))], { synchronous: true })).toMatchObject(tooMany);
    const elsewhere = { confirmed: true, actions: [{ resource: '/networks/N_1', operation: 'destroy' }] };
    expect(await client.send('POST', '/organizations/1/actionBatches', elsewhere)).toMatchObject({
      status: 201,
    });
    now += 10_000;
    expect((await create([claim(serial(6))])).status).toBe(201);
  });

  it('end in the order in which they are due', async () => {
    const other = await client.addNetwork('acme-lyon');
    const long = await started([claim(serial(1)), rename(1)]);
    const short = await started([
      { resource: `/networks/${other}/devices/claim`, operation: 'claim', body: { serials: [serial(1)] } },
    ]);
    now += 10_000;
    expect(await statusOf(short)).toEqual(COMPLETED);
    expect(await statusOf(long)).toMatchObject({ failed: true });
  });
});

describe('a synchronous batch', () => {
  it('has ended when it is answered', async () => {
    const reply = await create([claim(serial(1)), rename(1)], { synchronous: true });
    expect(reply).toMatchObject({ status: 201, body: { synchronous: true, status: COMPLETED } });
    expect(await devices()).toMatchObject([{ name: 'device-1' }]);
    const failing = await create([rename(2)], { synchronous: true });
    expect(failing).toMatchObject({ status: 201, body: { status: { failed: true, errors: ['Not found'] } } });
  });

  it('takes 20 actions and no more', async () => {
    await client.call('POST', `/networks/${network}/devices/claim`, { serials: numbers(21).map(serial) });
    expect((await create(numbers(20).map(rename), { synchronous: true })).status).toBe(201);
    expect(await create(numbers(21).map(rename), { synchronous: true })).toMatchObject({
      status: 400,
      body: { errors: ['A synchronous batch can have at most 20 actions'] },
    });
  });
});

const prepared = async (): Promise<string> =>
  textAt((await create([claim(serial(1))], { confirmed: false })).body, 'id');

describe('an unconfirmed batch', () => {
  it('does nothing until it is confirmed', async () => {
    const id = await prepared();
    now += 10_000;
    expect(await statusOf(id)).toEqual(PENDING);
    expect(await client.call('PUT', `actionBatches/${id}`, { confirmed: true })).toMatchObject({
      confirmed: true,
    });
    now += 10_000;
    expect(await statusOf(id)).toEqual(COMPLETED);
    expect(await client.send('PUT', `actionBatches/${id}`, { confirmed: true })).toMatchObject({
      status: 400,
    });
  });

  it('can be deleted, which a confirmed one cannot', async () => {
    const id = await prepared();
    expect(await client.send('DELETE', `actionBatches/${id}`)).toMatchObject({ status: 204 });
    expect(await client.send('GET', `actionBatches/${id}`)).toMatchObject({ status: 404 });
    const running = await started([claim(serial(1))]);
    expect(await client.send('DELETE', `actionBatches/${running}`)).toMatchObject({ status: 400 });
  });

  it('vanishes after a week', async () => {
    const id = await prepared();
    now += 7 * 24 * 3_600_000 - 1;
    expect(await statusOf(id)).toEqual(PENDING);
    now += 1;
    expect(await client.send('GET', `actionBatches/${id}`)).toMatchObject({ status: 404 });
    expect(await client.call('GET', 'actionBatches')).toEqual([]);
  });
});

const listed = async (query: string) => listOf(await client.call('GET', `actionBatches${query}`), 'id');

it('batches are listed by what became of them', async () => {
  const failing = await started([rename(1)]);
  const done = await started([claim(serial(1))]);
  now += 10_000;
  const pending = await started([rename(1)]);
  expect(await listed('')).toEqual([failing, done, pending]);
  expect(await listed('?status=failed')).toEqual([failing]);
  expect(await listed('?status=completed')).toEqual([done]);
  expect(await listed('?status=pending')).toEqual([pending]);
});

it.each([
  ['no actions', [], "'actions'"],
  ['an unknown resource', [{ resource: '/planets/1', operation: 'update' }], "'/planets/1'"],
  [
    'an operation that the resource has not',
    [{ resource: '/devices/Q2AB-CDEF-0001', operation: 'destroy' }],
    "'destroy'",
  ],
  [
    'an action without operation',
    [{ resource: '/devices/Q2AB-CDEF-0001' }],
    "'actions.0.operation' is required",
  ],
])('a batch with %s is refused at once', async (_what, actions, message) => {
  expect(await create(actions)).toMatchObject({
    status: 400,
    body: { errors: [expect.stringContaining(message)] },
  });
});
