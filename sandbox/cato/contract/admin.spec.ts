import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, textAt } from './sandbox-client.js';

let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const account = { vendor: 'cato', account: ACCOUNT };
const addTunnel = (siteId: string): Promise<unknown> =>
  client.call('siteAddIpsecIkeV2SiteTunnels', {
    siteId,
    addIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ psk: 'key', name: 'one' }] } },
  });

describe('out of band', () => {
  it('a site is changed by id or by name, and the vendor shows it', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await client.steer('POST', '/objects:mutate', {
      ...account,
      kind: 'site',
      name: 'acme-paris',
      set: { name: 'drifted', description: 'by hand' },
    });
    const found = await client.lookup({ type: 'site', entityIDs: [siteId] });
    expect(at(found, 'entityLookup', 'items', 0)).toMatchObject({
      entity: { name: 'drifted' },
      description: 'by hand',
    });
    const range = textAt(
      await client.lookup({ type: 'siteRange' }),
      'entityLookup',
      'items',
      0,
      'entity',
      'id',
    );
    await client.steer('POST', '/objects:mutate', {
      ...account,
      kind: 'range',
      id: range,
      set: { subnet: '10.9.0.0/24' },
    });
    const ranges = await client.lookup({ type: 'siteRange' });
    expect(at(ranges, 'entityLookup', 'items', 0, 'helperFields', 'subnet')).toBe('10.9.0.0/24');
  });

  it('tunnels and peers are changed and deleted, a site with all that it holds', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await addTunnel(siteId);
    const tunnel = { ...account, kind: 'tunnel', id: `${siteId}/PRIMARY1` };
    const changed = await client.steer('POST', '/objects:mutate', { ...tunnel, set: { psk: 'other' } });
    expect(changed['object']).toMatchObject({ tunnelId: 'PRIMARY1', psk: 'other' });
    await client.steer('POST', '/objects:delete', tunnel);
    const peer = { peerAsn: 65_001, catoAsn: 65_000, peerIp: '169.254.1.2', defaultAction: 'ACCEPT' };
    for (const name of ['one', 'two']) {
      await client.call('siteAddBgpPeer', {
        addBgpPeerInput: { ...peer, name, site: { by: 'ID', input: siteId } },
      });
    }
    await client.steer('POST', '/objects:mutate', {
      ...account,
      kind: 'bgpPeer',
      name: 'two',
      set: { metric: 7 },
    });
    await client.steer('POST', '/objects:delete', { ...account, kind: 'bgpPeer', name: 'one' });
    expect(await client.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`)).toMatchObject({
      objects: { sites: [{ id: siteId, primary: null }], bgpPeers: [{ name: 'two', metric: 7, siteId }] },
    });
    await client.steer('POST', '/objects:delete', { ...account, kind: 'site', id: siteId });
    expect(await client.steer('GET', `/objects?vendor=cato`)).toEqual({
      vendor: 'cato',
      accounts: [{ account: ACCOUNT, objects: { sites: [], bgpPeers: [], ranges: [], hosts: [] } }],
    });
  });
});

it('reset leaves nothing: objects, calls, faults, tokens, settings, clock and latency', async () => {
  await addSite(client, 'acme-paris');
  await client.steer('POST', '/faults', { vendor: 'cato', operation: '*', effect: 'status' });
  await client.steer('POST', '/tokens:revoke', { ...account, token: 'gone' });
  await client.steer('POST', '/settings', { vendor: 'cato', strict: true });
  await client.steer('POST', '/clock', { scale: 60, advanceMs: 1_000_000 });
  await client.steer('POST', '/latency', { vendor: 'cato', p50Ms: 5000 });
  await client.steer('POST', '/reset');
  expect(await client.steer('GET', '/calls')).toEqual({
    total: 0,
    refused: 0,
    unauthorized: 0,
    mismatched: 0,
    operations: {},
    accounts: [],
  });
  expect(await client.steer('GET', '/faults')).toEqual({ faults: [] });
  expect(await client.steer('GET', '/settings')).toMatchObject({ cato: { strict: false, rateLimits: true } });
  expect(await client.steer('GET', '/clock')).toMatchObject({ scale: 1 });
  expect((await client.send('siteRemoveSite', { siteId: '1' }, { token: 'gone' })).status).toBe(200);
  await addSite(client, 'acme-paris');
});

it('says where the vendors are', async () => {
  expect(await client.steer('GET', '/')).toMatchObject({ vendors: { cato: client.catoUrl } });
});

it.each([
  ['POST', '/faults', { vendor: 'cato', operation: 'x', effect: 'explode' }, 'effect'],
  ['POST', '/faults', { vendor: 'acme', operation: 'x', effect: 'hang' }, 'known: cato'],
  ['POST', '/faults', { vendor: 'cato', operation: 'x', effect: 'hang', colour: 1 }, 'colour'],
  ['POST', '/faults', { vendor: 'cato', operation: 'x', effect: 'hang', nth: 0 }, 'nth'],
  ['POST', '/faults', { vendor: 'cato', operation: 'x', effect: 'hang', status: 500 }, 'status'],
  ['POST', '/clock', {}, 'scale or advanceMs'],
  ['POST', '/clock', { scale: 0 }, 'scale'],
  ['POST', '/latency', { vendor: 'cato', p50Ms: 10, p99Ms: 5 }, 'p99Ms'],
  ['POST', '/settings', { vendor: 'cato', rateLimitMode: 'soft' }, 'rateLimitMode'],
  ['POST', '/settings', { vendor: 'cato', unknown: 1 }, 'unknown'],
  ['POST', '/tokens:revoke', { vendor: 'cato', account: ACCOUNT }, 'token'],
  ['POST', '/objects:mutate', { ...account, kind: 'site', set: {} }, 'either id or name'],
  ['POST', '/objects:mutate', { ...account, kind: 'planet', id: '1', set: {} }, 'known: site'],
  ['POST', '/objects:mutate', [], 'expected object'],
  ['GET', '/objects', undefined, 'vendor'],
  ['GET', '/calls?vendor=acme', undefined, 'known: cato'],
])('%s %s with bad input is refused with its reason', async (method, path, body, message) => {
  const reply = await client.admin(method, path, body);
  expect(reply.status).toBe(400);
  expect(at(reply.body, 'error')).toContain(message);
});

it('refuses a field that an object does not have, and does not find what is not there', async () => {
  const siteId = await addSite(client, 'acme-paris');
  const mutate = (set: unknown, id = siteId) =>
    client.admin('POST', '/objects:mutate', { ...account, kind: 'site', id, set });
  expect(at((await mutate({ colour: 'red' })).body, 'error')).toContain('colour');
  expect((await mutate({ id: '5' })).status).toBe(400);
  expect((await mutate({ description: 'x' }, '999')).status).toBe(404);
  expect((await client.admin('DELETE', '/faults/fault-99')).status).toBe(404);
  expect((await client.admin('GET', '/nowhere')).status).toBe(404);
});
