import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient, ORG, type Reply } from './director-client.js';
import { addSite, CONFIG, errorTag, onboard, TEMPLATE } from './fixtures.js';

let client: DirectorClient;
beforeAll(async () => {
  client = await DirectorClient.start();
});
beforeEach(async () => {
  await client.steer('POST', '/reset');
  await addSite(client);
});
afterAll(() => client.close());

const IPSEC = `${CONFIG}/orgs/org-services/${ORG}/ipsec`;
const BGP = `${CONFIG}/routing-instances/routing-instance/${ORG}-LAN-VR/protocols/bgp`;
const profile = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  'vpn-type': 'site-to-site',
  'tunnel-interface': 'tvi-0/603.0',
  'local-auth-info': {
    'auth-type': 'psk',
    'id-type': 'ip',
    'id-string': '203.0.113.1',
    key: 'not-so-secret',
  },
  ike: { version: 'v2', transform: 'aes256-sha256' },
  ...more,
});
const post = (path: string, body: unknown): Promise<Reply> => client.send('POST', path, { body });

describe('lists', () => {
  it('POST makes an entry, once', async () => {
    const made = await post(IPSEC, { 'vpn-profile': profile('paris') });
    expect([made.status, made.body]).toEqual([201, undefined]);
    expect(made.headers.get('location')).toContain('/ipsec/vpn-profile');
    const again = await post(IPSEC, { 'vpn-profile': profile('paris') });
    expect(again).toMatchObject({
      status: 409,
      body: {
        errors: {
          error: [
            {
              'error-message': 'object already exists: vpn-profile paris',
              'error-urlpath': IPSEC,
              'error-tag': 'data-exists',
            },
          ],
        },
      },
    });
    expect((await post(IPSEC, { 'vpn-profile': [profile('lyon')] })).status).toBe(201);
    expect((await post(`${IPSEC}/vpn-profile`, { 'vpn-profile': profile('nice') })).status).toBe(201);
    expect(await client.call('GET', `${IPSEC}/vpn-profile`)).toEqual({
      'vpn-profile': [{ name: 'paris' }, { name: 'lyon' }, { name: 'nice' }],
    });
  });

  it('PUT makes an entry or takes its place', async () => {
    const path = `${IPSEC}/vpn-profile/paris`;
    const put = (body: unknown): Promise<Reply> => client.send('PUT', path, { body });
    expect((await put({ 'vpn-profile': profile('paris') })).status).toBe(201);
    expect((await put({ 'vpn-profile': { 'vpn-type': 'other' } })).status).toBe(204);
    expect(await client.call('GET', path)).toEqual({ 'vpn-profile': { name: 'paris', 'vpn-type': 'other' } });
    const foreign = await put({ 'vpn-profile': profile('lyon') });
    expect([foreign.status, errorTag(foreign)]).toEqual([400, 'invalid-value']);
  });

  it('PATCH changes what it names and leaves the rest', async () => {
    await post(IPSEC, { 'vpn-profile': profile('paris') });
    const path = `${IPSEC}/vpn-profile/paris`;
    const patched = await client.send('PATCH', path, { body: { 'vpn-profile': { ike: { version: 'v1' } } } });
    expect(patched.status).toBe(204);
    expect(at(await client.call('GET', `${path}?deep=true`), 'vpn-profile', 'ike')).toEqual({
      version: 'v1',
      transform: 'aes256-sha256',
    });
    const missing = await client.send('PATCH', `${IPSEC}/vpn-profile/lyon`, { body: { 'vpn-profile': {} } });
    expect([missing.status, errorTag(missing)]).toEqual([404, 'data-missing']);
  });

  it('DELETE removes, once', async () => {
    await post(IPSEC, { 'vpn-profile': profile('paris') });
    const path = `${IPSEC}/vpn-profile/paris`;
    expect((await client.send('DELETE', path)).status).toBe(204);
    expect((await client.send('DELETE', path)).status).toBe(404);
    expect((await client.send('GET', path)).status).toBe(404);
    expect((await client.send('GET', `${IPSEC}/vpn-profile`)).status).toBe(204);
  });

  it('keys of BGP instances are numbers, and names may hold slashes', async () => {
    const made = await post(BGP, {
      'rti-bgp': [{ 'instance-id': 3001, 'local-as': { 'as-number': 65_010 } }],
    });
    expect(made.status).toBe(201);
    const path = `${BGP}/rti-bgp/3001`;
    expect(at(await client.call('GET', `${path}?deep`), 'rti-bgp', 'local-as')).toEqual({
      'as-number': 65_010,
    });
    await client.call('PATCH', `${CONFIG}/interfaces`, {
      interfaces: { tvi: [{ name: 'tvi-0/603', unit: [{ name: 0 }] }] },
    });
    expect(await client.call('GET', `${CONFIG}/interfaces/tvi/tvi-0%2F603/unit/0`)).toEqual({
      unit: { name: 0 },
    });
  });

  it('a list that nobody told the simulator of is one as well', async () => {
    const path = `/api/config/devices/template/${TEMPLATE}/config/orgs/org-services/${ORG}/objects/zones`;
    expect((await post(path, { zone: [{ name: 'dmz', level: 3 }] })).status).toBe(201);
    expect((await post(path, { zone: { name: 'dmz' } })).status).toBe(409);
    expect(await client.call('GET', `${path}/zone/dmz`)).toEqual({ zone: { name: 'dmz', level: 3 } });
    expect(
      (await client.send('PUT', `${path}/colour/red`, { body: { colour: { name: 'red' } } })).status,
    ).toBe(201);
    expect(await client.call('GET', `${path}/colour/red`)).toEqual({ colour: { name: 'red' } });
  });
});

describe('reading', () => {
  it('goes one level deep, or all the way with ?deep', async () => {
    await post(IPSEC, { 'vpn-profile': profile('paris') });
    const org = `${CONFIG}/orgs/org-services/${ORG}`;
    expect(await client.call('GET', org)).toEqual({ 'org-services': { name: ORG, ipsec: {} } });
    expect(await client.call('GET', `${org}?deep`)).toEqual({
      'org-services': { name: ORG, ipsec: { 'vpn-profile': [profile('paris')] } },
    });
  });

  it('is 204 where something could be and 404 where an entry is missing', async () => {
    expect(await client.send('GET', `${CONFIG}/interfaces`)).toMatchObject({ status: 204, body: undefined });
    expect((await client.send('GET', `${CONFIG}/orgs/org-services/globex/ipsec`)).status).toBe(404);
    const nothing = await client.send('GET', '/api/config/devices/template/nothing/config');
    expect([nothing.status, errorTag(nothing)]).toEqual([404, 'data-missing']);
  });

  it('lists templates and devices', async () => {
    await onboard(client, 'branch-1');
    expect(await client.call('GET', '/api/config/devices/template')).toEqual({
      template: [{ name: TEMPLATE }],
    });
    expect(await client.call('GET', '/api/config/devices/device')).toEqual({
      device: [{ name: 'branch-1' }],
    });
    expect(await client.call('GET', `/api/config/devices/template/${TEMPLATE}`)).toEqual({
      template: { name: TEMPLATE, config: {} },
    });
  });
});

it('a device has a configuration of its own', async () => {
  await onboard(client, 'branch-1');
  const path = `/api/config/devices/device/branch-1/config/orgs/org-services/${ORG}/objects/addresses`;
  expect((await post(path, { address: [{ name: 'hq', fqdn: 'hq.example.net' }] })).status).toBe(201);
  expect(await client.call('GET', `${path}/address/hq`)).toEqual({
    address: { name: 'hq', fqdn: 'hq.example.net' },
  });
  const template = path.replace('device/branch-1', `template/${TEMPLATE}`);
  expect((await client.send('GET', `${template}/address`)).status).toBe(204);
});

it('a template can be made and removed without a workflow', async () => {
  const made = await post('/api/config/devices', { template: { name: 'bare' } });
  expect(made.status).toBe(201);
  expect((await post('/api/config/devices', { template: { name: 'bare' } })).status).toBe(409);
  expect((await client.send('DELETE', '/api/config/devices/template/bare')).status).toBe(204);
  expect((await client.send('DELETE', '/api/config/devices/template/bare')).status).toBe(404);
});

it('actions are answered', async () => {
  await onboard(client, 'branch-1');
  const path = '/api/config/devices/device/branch-1/_operations/sync-to';
  expect(await client.call('POST', path)).toMatchObject({ output: { result: true } });
});

describe('bad requests', () => {
  it.each([
    ['two members', { a: 1, b: 2 }, 400, 'malformed-message'],
    ['no object', [], 400, 'malformed-message'],
    ['no JSON', '{', 400, 'malformed-message'],
    ['an entry without a key', { 'vpn-profile': [{ mode: 'x' }] }, 400, 'invalid-value'],
  ])('%s', async (_what, body, status, tag) => {
    const reply = await post(IPSEC, body);
    expect([reply.status, errorTag(reply)]).toEqual([status, tag]);
  });

  it('media types: both for configuration, JSON alone elsewhere', async () => {
    const yang = { 'content-type': 'application/vnd.yang.data+json' };
    const body = { 'vpn-profile': profile('paris') };
    expect((await client.send('POST', IPSEC, { body, headers: yang })).status).toBe(201);
    const plain = { 'content-type': 'text/plain' };
    expect((await client.send('POST', IPSEC, { body, headers: plain })).status).toBe(415);
    const group = await client.send('POST', '/nextgen/deviceGroup', { body: {}, headers: yang });
    expect(group).toMatchObject({ status: 415, body: { code: 4001 } });
  });

  it('a body whose member is not what the path says', async () => {
    const reply = await client.send('PUT', `${CONFIG}/system`, { body: { other: {} } });
    expect([reply.status, errorTag(reply)]).toEqual([400, 'malformed-message']);
  });

  it('a template’s own fields', async () => {
    const reply = await client.send('PUT', `/api/config/devices/template/${TEMPLATE}/name`, {
      body: { name: 'x' },
    });
    expect([reply.status, errorTag(reply)]).toEqual([400, 'invalid-value']);
  });

  it('a path that is not simulated', async () => {
    expect((await client.send('GET', '/vnms/nowhere')).status).toBe(404);
    expect(await client.steer('GET', `/calls?vendor=versa&account=${ORG}`)).toMatchObject({
      operations: { unknown: { calls: 1 } },
    });
  });
});
