import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linkTo, listOf, ORGANIZATION, SandboxClient, serial, type Reply } from './sandbox-client.js';

let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await client.steer('POST', '/settings', { vendor: 'meraki', rateLimits: false });
});
afterAll(() => client.close());

const notFound = { status: 404, body: { errors: ['Not found'] } };

it('any organization is there', async () => {
  expect(await client.call('GET', '/organizations/77')).toMatchObject({ id: '77', api: { enabled: true } });
});

describe('a network', () => {
  it('is created with 201, read, changed in part and deleted with 204', async () => {
    const created = await client.send('POST', 'networks', {
      name: 'acme-paris',
      productTypes: ['appliance', 'switch'],
      timeZone: 'Europe/Paris',
      tags: ['retail'],
      notes: 'first shop',
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^L_\d{18}$/),
        organizationId: ORGANIZATION,
        name: 'acme-paris',
        productTypes: ['appliance', 'switch'],
        timeZone: 'Europe/Paris',
        tags: ['retail'],
        notes: 'first shop',
        enrollmentString: null,
        isBoundToConfigTemplate: false,
      },
    });
    const [id] = listOf([created.body], 'id');
    const one = `/networks/${String(id)}`;
    expect(await client.send('GET', one)).toMatchObject({ status: 200, body: { id, notes: 'first shop' } });
    const changed = await client.send('PUT', one, { name: 'acme-lyon', notes: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'acme-lyon', notes: null, tags: ['retail'] },
    });
    expect(await client.send('DELETE', one)).toMatchObject({ status: 204, body: '' });
    expect(await client.send('GET', one)).toMatchObject(notFound);
    expect(await client.send('DELETE', one)).toMatchObject(notFound);
  });

  it('is found below its organization too, and below no other', async () => {
    const id = await client.addNetwork('acme-paris');
    expect(id).toMatch(/^N_\d{18}$/);
    expect(await client.call('GET', `networks/${id}`)).toMatchObject({ name: 'acme-paris' });
    expect(await client.call('PUT', `networks/${id}`, { tags: ['x'] })).toMatchObject({ tags: ['x'] });
    expect(await client.send('GET', `/organizations/1/networks/${id}`)).toMatchObject(notFound);
    expect(await client.send('DELETE', `networks/${id}`)).toMatchObject({ status: 204 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no name', { productTypes: ['switch'] }, "'name' is required"],
    ['no product types', { name: 'x' }, "'productTypes' is required"],
    ['an unknown product type', { name: 'x', productTypes: ['toaster'] }, "'productTypes.0'"],
    ['an unknown time zone', { name: 'x', productTypes: ['switch'], timeZone: 'Mars/Base' }, "'timeZone'"],
    ['a name that is taken', { name: 'acme-paris', productTypes: ['switch'] }, 'Name has already been taken'],
  ])('with %s is refused with 400', async (_what, body, message) => {
    await client.addNetwork('acme-paris');
    const reply = await client.send('POST', 'networks', body);
    expect(reply).toMatchObject({
      status: 400,
      body: { errors: [expect.stringContaining(message)] },
    });
  });

  it('cannot take the name of another, but may keep its own, and another organization has its own names', async () => {
    const id = await client.addNetwork('acme-paris');
    const other = await client.addNetwork('acme-lyon');
    expect(await client.send('PUT', `/networks/${other}`, { name: 'acme-paris' })).toMatchObject({
      status: 400,
    });
    expect(await client.send('PUT', `/networks/${id}`, { name: 'acme-paris' })).toMatchObject({
      status: 200,
    });
    const elsewhere = { name: 'acme-paris', productTypes: ['switch'] };
    expect(await client.send('POST', '/organizations/1/networks', elsewhere)).toMatchObject({ status: 201 });
  });

  it('gives its devices back to the inventory when it is deleted', async () => {
    const id = await client.addNetwork('acme-paris');
    await client.call('POST', `/networks/${id}/devices/claim`, { serials: [serial(1)] });
    await client.call('DELETE', `/networks/${id}`);
    expect(await client.call('GET', 'inventory/devices')).toMatchObject([
      { serial: serial(1), networkId: null },
    ]);
  });
});

describe('the list of networks', () => {
  it('comes in pages that the Link header connects', async () => {
    for (let number = 1; number <= 7; number += 1) await client.addNetwork(`network-${number}`);
    const names: unknown[] = [];
    let next: string | undefined = `networks?perPage=3`;
    const pages: Reply[] = [];
    while (next !== undefined) {
      const reply: Reply = await client.send('GET', next.replace(client.url, ''));
      pages.push(reply);
      names.push(...listOf(reply.body, 'name'));
      next = linkTo(reply, 'next');
    }
    expect(pages.map(({ body }) => listOf(body, 'id').length)).toEqual([3, 3, 1]);
    expect(names).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `network-${number}`));
    expect(pages.map((reply) => linkTo(reply, 'first'))).toContain(
      `${client.url}/organizations/${ORGANIZATION}/networks?perPage=3`,
    );
  });

  it('can be read backwards, and refuses a page of a size that is not offered', async () => {
    const ids: string[] = [];
    for (let number = 1; number <= 5; number += 1) ids.push(await client.addNetwork(`network-${number}`));
    const before = await client.call('GET', `networks?perPage=3&endingBefore=${ids[4]}`);
    expect(listOf(before, 'id')).toEqual(ids.slice(1, 4));
    expect(await client.send('GET', 'networks?perPage=2')).toMatchObject({ status: 400 });
  });

  it('is filtered by any or all of some tags', async () => {
    await client.addNetwork('one', { tags: ['a'] });
    await client.addNetwork('two', { tags: ['a', 'b'] });
    await client.addNetwork('three', { tags: ['c'] });
    const names = async (query: string) => listOf(await client.call('GET', `networks?${query}`), 'name');
    expect(await names('tags[]=a&tags[]=b')).toEqual(['one', 'two']);
    expect(await names('tags[]=a&tags[]=b&tagsFilterType=withAllTags')).toEqual(['two']);
  });
});

describe('VPN settings', () => {
  it('of a network are always there, and a PUT replaces them', async () => {
    const id = await client.addNetwork('acme-paris', { productTypes: ['appliance'] });
    const path = `/networks/${id}/appliance/vpn/siteToSiteVpn`;
    expect(await client.call('GET', path)).toEqual({ mode: 'none' });
    const spoke = { mode: 'spoke', hubs: [{ hubId: 'N_1', useDefaultRoute: true }], subnets: [] };
    expect(await client.call('PUT', path, spoke)).toEqual(spoke);
    expect(await client.call('GET', path)).toEqual(spoke);
    expect(await client.send('PUT', path, { mode: 'star' })).toMatchObject({ status: 400 });
    const switches = await client.addNetwork('no-appliance');
    expect(
      await client.send('PUT', `/networks/${switches}/appliance/vpn/siteToSiteVpn`, spoke),
    ).toMatchObject({ status: 400 });
  });

  it('for third parties are one list of the organization that every PUT replaces, double names and all', async () => {
    const path = 'appliance/vpn/thirdPartyVPNPeers';
    const peer = { name: 'hub', privateSubnets: ['10.0.0.0/8'], secret: 'psk', publicIp: '192.0.2.1' };
    expect(await client.call('GET', path)).toEqual({ peers: [] });
    await client.call('PUT', path, { peers: [peer, peer] });
    expect(await client.call('GET', path)).toEqual({ peers: [peer, peer] });
    await client.call('PUT', path, { peers: [] });
    expect(await client.call('GET', path)).toEqual({ peers: [] });
  });
});
