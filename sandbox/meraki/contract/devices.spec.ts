import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, linkTo, listOf, SandboxClient, serial } from './sandbox-client.js';

let now = 1_700_000_000_000;
let client: SandboxClient;
let network: string;
beforeAll(async () => {
  client = await SandboxClient.start({ realNow: () => now });
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await client.steer('POST', '/settings', { vendor: 'meraki', rateLimits: false });
  network = await client.addNetwork('acme-paris');
});
afterAll(() => client.close());

const notFound = { status: 404, body: { errors: ['Not found'] } };
const claim = (serials: string[], into = network, query = '') =>
  client.send('POST', `/networks/${into}/devices/claim${query}`, { serials });
const serialsIn = async (id = network) =>
  listOf(await client.call('GET', `/networks/${id}/devices`), 'serial');

describe('claiming', () => {
  it('puts devices into the network', async () => {
    expect(await claim([serial(1), serial(2)])).toMatchObject({
      status: 200,
      body: { serials: [serial(1), serial(2)], errors: [] },
    });
    expect(await client.call('GET', `/networks/${network}/devices`)).toMatchObject([
      { serial: serial(1), networkId: network, name: null, tags: [], address: '', notes: null },
      { serial: serial(2) },
    ]);
  });

  it('is not idempotent: a serial that is there is refused with the network that has it', async () => {
    await claim([serial(1)]);
    const lyon = await client.addNetwork('acme-lyon');
    const errors = [
      `Device with serial ${serial(1)} is already claimed and in acme-paris (network ID: ${network})`,
    ];
    expect(await claim([serial(1)])).toMatchObject({ status: 400, body: { errors } });
    expect(await claim([serial(1)], lyon)).toMatchObject({ status: 400, body: { errors } });
  });

  it('is all or nothing, unless asked otherwise', async () => {
    await claim([serial(1)]);
    expect(await claim([serial(2), serial(1), 'Q2-NO'])).toMatchObject({
      status: 400,
      body: { errors: { length: 2 } },
    });
    expect(await serialsIn()).toEqual([serial(1)]);
    expect(await claim([serial(2), 'Q2-NO'], network, '?addAtomically=false')).toMatchObject({
      status: 200,
      body: {
        serials: [serial(2)],
        errors: [{ serial: 'Q2-NO', errors: ['Device with serial Q2-NO not found'] }],
      },
    });
    expect(await serialsIn()).toEqual([serial(1), serial(2)]);
  });

  it('refuses a serial of another organization until that one has released it', async () => {
    const elsewhere = '/organizations/1';
    await client.call('POST', `${elsewhere}/inventory/claim`, { serials: [serial(1)] });
    expect(await claim([serial(1)])).toMatchObject({
      status: 400,
      body: { errors: [`Device with serial ${serial(1)} is already claimed by another organization`] },
    });
    await client.call('POST', `${elsewhere}/inventory/release`, { serials: [serial(1)] });
    expect(await claim([serial(1)])).toMatchObject({ status: 200 });
  });

  it.each([
    ['no serials', {}],
    ['an empty list', { serials: [] }],
    ['no list', { serials: serial(1) }],
  ])('with %s is refused', async (_what, body) => {
    expect(await client.send('POST', `/networks/${network}/devices/claim`, body)).toMatchObject({
      status: 400,
    });
  });

  it('into a network that is not there is not found', async () => {
    expect(await claim([serial(1)], 'N_1')).toMatchObject(notFound);
  });
});

const putNotes = (length: number) =>
  client.send('PUT', `/devices/${serial(1)}`, { notes: 'n'.repeat(length) });

describe('a device', () => {
  it('is changed in part, and its lists show it', async () => {
    await claim([serial(1)]);
    const path = `/devices/${serial(1)}`;
    const set = { name: 'till-1', address: '1 rue A', tags: ['till'], notes: 'left', lat: 48.8, lng: 2.3 };
    expect(await client.call('PUT', path, set)).toMatchObject({ serial: serial(1), ...set });
    expect(await client.call('PUT', path, { notes: 'right' })).toMatchObject({ ...set, notes: 'right' });
    expect(await client.call('GET', path)).toMatchObject({ name: 'till-1', notes: 'right' });
    expect(await client.call('GET', `/networks/${network}/devices`)).toMatchObject([{ name: 'till-1' }]);
    expect(await client.call('GET', 'devices')).toMatchObject([{ name: 'till-1', productType: 'switch' }]);
  });

  it('takes notes of 255 characters and no more', async () => {
    await claim([serial(1)]);
    expect((await putNotes(255)).status).toBe(200);
    expect(await putNotes(256)).toMatchObject({ status: 400, body: { errors: [expect.any(String)] } });
  });

  it('goes back to the inventory when it is removed, loses what was written on it, and can be claimed again', async () => {
    await claim([serial(1)]);
    await client.call('PUT', `/devices/${serial(1)}`, { name: 'till-1' });
    const remove = () => client.send('POST', `/networks/${network}/devices/remove`, { serial: serial(1) });
    expect(await remove()).toMatchObject({ status: 204 });
    expect(await serialsIn()).toEqual([]);
    expect(await client.call('GET', 'inventory/devices?usedState=unused')).toMatchObject([
      { serial: serial(1), networkId: null, name: null },
    ]);
    expect(await client.send('GET', `/devices/${serial(1)}`)).toMatchObject(notFound);
    expect(await remove()).toMatchObject(notFound);
    expect((await claim([serial(1)])).status).toBe(200);
    expect(await client.call('GET', `/devices/${serial(1)}`)).toMatchObject({ name: null });
  });

  it('that was just claimed is found by its own calls only after a while, where the vendor is slow', async () => {
    await client.steer('POST', '/settings', { vendor: 'meraki', deviceLagMs: 60_000 });
    await claim([serial(1)]);
    expect(await serialsIn()).toEqual([serial(1)]);
    const put = () => client.send('PUT', `/devices/${serial(1)}`, { name: 'till-1' });
    expect(await put()).toMatchObject(notFound);
    now += 60_000;
    expect(await put()).toMatchObject({ status: 200 });
  });
});

describe('the inventory', () => {
  it('holds devices before they are in a network, once each', async () => {
    const take = (serials: string[]) => client.send('POST', 'inventory/claim', { serials });
    expect(await take([serial(1), serial(2)])).toMatchObject({ status: 200 });
    expect(await take([serial(3), serial(1)])).toMatchObject({ status: 400 });
    await claim([serial(1)]);
    const listed = async (query: string) =>
      listOf(await client.call('GET', `inventory/devices?${query}`), 'serial');
    expect(await listed('')).toEqual([serial(1), serial(2)]);
    expect(await listed('usedState=used')).toEqual([serial(1)]);
    expect(await listed(`serials[]=${serial(2)}`)).toEqual([serial(2)]);
    expect(await client.send('POST', 'inventory/release', { serials: [serial(1)] })).toMatchObject({
      status: 400,
    });
  });
});

describe('lists of devices', () => {
  it('come in pages of the wanted size, in the order of their serials', async () => {
    await claim(Array.from({ length: 8 }, (_, index) => serial(8 - index)));
    const first = await client.send('GET', 'devices?perPage=5');
    expect(listOf(first.body, 'serial')).toEqual([1, 2, 3, 4, 5].map(serial));
    expect(linkTo(first, 'next')).toContain(`perPage=5&startingAfter=${serial(5)}`);
    const next = await client.send('GET', (linkTo(first, 'next') ?? '').replace(client.url, ''));
    expect(listOf(next.body, 'serial')).toEqual([6, 7, 8].map(serial));
    expect(linkTo(next, 'next')).toBeUndefined();
    const part = await client.send(
      'GET',
      `/networks/${network}/devices?perPage=3&startingAfter=${serial(6)}`,
    );
    expect(listOf(part.body, 'serial')).toEqual([7, 8].map(serial));
  });

  it('of an organization hold those of some networks or serials alone, and 1000 at most', async () => {
    const lyon = await client.addNetwork('acme-lyon');
    await claim([serial(1), serial(2)]);
    await claim([serial(3)], lyon);
    const listed = async (query: string) => listOf(await client.call('GET', `devices?${query}`), 'serial');
    expect(await listed(`networkIds[]=${lyon}`)).toEqual([serial(3)]);
    expect(await listed(`networkIds[]=${network}&networkIds[]=${lyon}`)).toEqual([1, 2, 3].map(serial));
    expect(await listed(`serials[]=${serial(2)}`)).toEqual([serial(2)]);
    expect(await client.send('GET', 'devices?perPage=1001')).toMatchObject({ status: 400 });
  });

  it('of an organization are pages of 1000 when nothing is said', async () => {
    await claim(Array.from({ length: 1001 }, (_, index) => serial(index)));
    expect(await client.call('GET', 'devices')).toHaveLength(1000);
    expect(await serialsIn()).toHaveLength(1001);
    expect(at(await client.call('GET', `devices?startingAfter=${serial(999)}`), 0, 'serial')).toBe(
      serial(1000),
    );
  });
});
