import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, textAt } from './sandbox-client.js';

let client: SandboxClient;
let siteId: string;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  siteId = await addSite(client, 'acme-paris');
  await client.call('siteAddIpsecIkeV2SiteTunnels', {
    siteId,
    addIpsecIkeV2SiteTunnelsInput: {
      primary: { tunnels: [{ psk: 'key', privateSiteIp: '169.254.1.2', privateCatoIp: '169.254.1.1' }] },
    },
  });
});
afterAll(() => client.close());

const addPeer = (more: Record<string, unknown> = {}): Promise<unknown> =>
  client.call('siteAddBgpPeer', {
    addBgpPeerInput: {
      site: { by: 'ID', input: siteId },
      name: 'peer',
      peerAsn: 4_200_000_000,
      catoAsn: 65_000,
      peerIp: '169.254.1.2',
      defaultAction: 'ACCEPT',
      ...more,
    },
  });
const idOf = (added: unknown): string => textAt(added, 'site', 'addBgpPeer', 'bgpPeer', 'id');
const readPeer = (id: string): Promise<unknown> =>
  client.call('siteBgpPeer', { bgpPeerRefInput: { by: 'ID', input: id } });

it('answers a complete peer with the defaults of the API and the far end of its tunnel', async () => {
  const added = await addPeer();
  expect(at(added, 'site', 'addBgpPeer', 'bgpPeer')).toEqual({
    siteRefSite: { id: siteId, name: 'acme-paris' },
    id: idOf(added),
    name: 'peer',
    peerAsn: 4_200_000_000,
    catoAsn: 65_000,
    peerIp: '169.254.1.2',
    catoIp: '169.254.1.1',
    advertiseDefaultRoute: true,
    advertiseAllRoutes: false,
    advertiseSummaryRoutes: false,
    performNat: false,
    md5AuthKey: null,
    metric: 100,
    holdTime: 60,
    keepaliveInterval: 20,
    bfdEnabled: false,
    bgpSummaryRouteSummaryRoute: [],
    bgpDefaultActionDefaultAction: 'ACCEPT',
    bfdSettingsBfdSettings: { transmitInterval: 1000, receiveInterval: 1000, multiplier: 5 },
    bgpTrackingTracking: null,
  });
});

it('reads a peer under the aliases of the query, which are others than those of the mutations', async () => {
  const id = idOf(
    await addPeer({
      peerIp: '169.254.9.2',
      md5AuthKey: 'secret',
      metric: 50,
      summaryRoute: [{ route: '10.0.0.0/8', community: [{ from: 65_000, to: 1 }] }],
      tracking: { subscriptionId: '77' },
    }),
  );
  expect(at(await readPeer(id), 'site', 'bgpPeer')).toMatchObject({
    site: { id: siteId, name: 'acme-paris' },
    catoIp: '0.0.0.0',
    md5AuthKey: 'secret',
    metric: 50,
    defaultAction: 'ACCEPT',
    summaryRoute: [{ route: '10.0.0.0/8', community: [{ from: 65_000, to: 1 }] }],
    bfdSettingsBgpPeer: { transmitInterval: 1000, receiveInterval: 1000, multiplier: 5 },
    trackingBgpPeer: { enabled: false, alertFrequency: 'HOURLY', subscriptionId: '77' },
  });
});

it('updates what is sent and keeps the rest', async () => {
  const id = idOf(await addPeer({ md5AuthKey: 'secret' }));
  const updated = await client.call('siteUpdateBgpPeer', {
    updateBgpPeerInput: { id, name: 'renamed', peerAsn: 65_009, summaryRoute: [], bfdEnabled: true },
  });
  expect(at(updated, 'site', 'updateBgpPeer', 'bgpPeer')).toMatchObject({
    id,
    name: 'renamed',
    peerAsn: 65_009,
    peerIp: '169.254.1.2',
    md5AuthKey: 'secret',
    bfdEnabled: true,
  });
});

it('removes a peer once; a second time is an error', async () => {
  const id = idOf(await addPeer());
  const removed = await client.call('siteRemoveBgpPeer', { removeBgpPeerInput: { id } });
  expect(textAt(removed, 'site', 'removeBgpPeer', 'bgpPeer', 'id')).toBe(id);
  const { status, body } = await client.send('siteRemoveBgpPeer', { removeBgpPeerInput: { id } });
  expect(status).toBe(200);
  expect(body).toEqual({
    errors: [{ message: `BGP peer with id: ${id} is not found`, path: ['site', 'removeBgpPeer'] }],
    data: null,
  });
});

it('a missing peer is an error, or null when that is chosen', async () => {
  await expect(readPeer('bgp-peer-999')).rejects.toThrow('BGP peer with id: bgp-peer-999 is not found');
  await client.steer('POST', '/settings', { vendor: 'cato', missingBgpPeer: 'null' });
  await expect(readPeer('bgp-peer-999')).resolves.toEqual({ site: { bgpPeer: null } });
});

it('lists the peers of one site, duplicates included', async () => {
  const otherSite = await addSite(client, 'acme-lyon');
  await addPeer();
  await addPeer();
  await addPeer({ site: { by: 'NAME', input: 'acme-lyon' }, name: 'elsewhere' });
  const list = (site: string): Promise<unknown> =>
    client.call('siteBgpPeerList', { bgpPeerListInput: { site: { by: 'ID', input: site } } });
  expect(at(await list(siteId), 'site', 'bgpPeerList')).toMatchObject({
    bgpPeer: [{ peerIp: '169.254.1.2' }, { peerIp: '169.254.1.2' }],
    total: 2,
  });
  expect(at(await list(otherSite), 'site', 'bgpPeerList')).toMatchObject({
    bgpPeer: [{ name: 'elsewhere' }],
    total: 1,
  });
});

it('counts both queries by their field, although they come under one name', async () => {
  const id = idOf(await addPeer());
  await readPeer(id);
  await client.call('siteBgpPeerList', { bgpPeerListInput: { site: { by: 'ID', input: siteId } } });
  const calls = await client.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`);
  expect(calls['operations']).toMatchObject({
    bgpPeer: { calls: 1 },
    bgpPeerList: { calls: 1 },
    addBgpPeer: { calls: 1 },
  });
  expect(at(calls, 'accounts', 0, 'documents', 'site')).toBe(2);
});
