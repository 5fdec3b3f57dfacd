import { hasRole, type Role } from '@app/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.js';
import { FakeKeys, operationOf, siteOf } from '../testing/fakes.js';
import { catoSite, catoTunnel, GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';
import { KeyDirectory } from './key-directory.js';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await GatewayFixture.start();
  gateway.sites.sites.set('paris', siteOf(catoSite({ tunnels: [catoTunnel('a')] })));
  gateway.customers.customers.set('acme', {
    name: 'acme',
    displayName: 'Acme',
    createdAt: '',
    updatedAt: '',
  });
  gateway.operations.add(operationOf({ customer: 'globex' }));
});
afterAll(() => gateway.stop());

describe('authentication', () => {
  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['another scheme', { authorization: 'Basic abc' }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['an unknown key', { authorization: 'Bearer unknown' }],
    ['a key of no sensible length', { authorization: `Bearer ${'x'.repeat(600)}` }],
    ['a key in the query', {}],
  ])('%s is a 401 that says how', async (name, headers) => {
    const query = name.endsWith('query') ? `?authorization=${KEY.admin}` : '';
    const reply = await gateway.call('GET', `/v1/customers${query}`, { key: null, headers });
    expect(problemOf(reply)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="sitewright"');
  });

  it('comes before everything else', async () => {
    const reply = await gateway.call('PUT', '/v1/customers/A%00/sites/B?x=y', {
      key: null,
      raw: '{',
      headers: { 'if-match': 'x', 'idempotency-key': '' },
    });
    expect(reply.status).toBe(401);
  });
});

describe('roles', () => {
  const site = '/v1/customers/acme/sites/paris';
  const calls: [Role, string, string, unknown?][] = [
    ['viewer', 'GET', site],
    ['viewer', 'GET', '/v1/customers/acme/sites'],
    ['viewer', 'GET', '/v1/operations'],
    ['viewer', 'GET', `/v1/operations/${operationOf().id}`],
    ['viewer', 'GET', '/v1/customers'],
    ['viewer', 'GET', '/v1/customers/acme'],
    ['operator', 'PUT', site, catoSite()],
    ['operator', 'DELETE', site],
    ['operator', 'PUT', `${site}/tunnels/a`, catoTunnel('a')],
    ['operator', 'DELETE', `${site}/tunnels/a`],
    ['admin', 'PUT', '/v1/customers/other', { displayName: 'Other' }],
    ['admin', 'DELETE', '/v1/customers/other'],
    [
      'admin',
      'PUT',
      '/v1/customers/acme/vendor-accounts/cato',
      { accountId: '1', credentials: { token: 't' } },
    ],
    ['admin', 'DELETE', '/v1/customers/acme/vendor-accounts/cato'],
    ['admin', 'GET', '/v1/api-keys'],
    ['admin', 'POST', '/v1/api-keys', { name: 'k', role: 'viewer' }],
    ['admin', 'DELETE', '/v1/api-keys/01990000-0000-7000-8000-00000000abcd'],
    ['viewer', 'GET', `/v1/operations/${operationOf().id}/runs`],
    ['operator', 'POST', `/v1/operations/${operationOf().id}:retry`],
    ['viewer', 'GET', '/v1/dead-letters'],
    ['viewer', 'GET', `/v1/dead-letters/${deadLetterOf().id}`],
    ['operator', 'POST', `/v1/dead-letters/${deadLetterOf().id}:replay`],
    ['operator', 'POST', '/v1/dead-letters:replay', { filter: {} }],
    ['operator', 'DELETE', `/v1/dead-letters/${deadLetterOf().id}?reason=done`],
    ['admin', 'GET', '/v1/audit'],
    ['viewer', 'GET', '/v1/workers'],
  ];

  it.each(calls)('a %s is needed to %s %s', async (needed, method, path, body) => {
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const { status } = await gateway.call(method, path, { key: KEY[role], body });
      expect([role, status === 403]).toEqual([role, !hasRole(role, needed)]);
      expect(status).not.toBe(401);
    }
  });
});

describe('a key of one customer', () => {
  it.each([
    ['GET', '/v1/customers/globex'],
    ['PUT', '/v1/customers/globex'],
    ['DELETE', '/v1/customers/globex'],
    ['GET', '/v1/customers/globex/sites'],
    ['GET', '/v1/customers/globex/sites/paris'],
    ['PUT', '/v1/customers/globex/sites/paris'],
    ['DELETE', '/v1/customers/globex/sites/paris'],
    ['PUT', '/v1/customers/globex/sites/paris/tunnels/a'],
    ['DELETE', '/v1/customers/globex/sites/paris/tunnels/a'],
    ['GET', '/v1/customers/globex/vendor-accounts/cato'],
    ['PUT', '/v1/customers/globex/vendor-accounts/cato'],
    ['DELETE', '/v1/customers/globex/vendor-accounts/cato'],
  ])('%s %s is a 404, whatever its role', async (method, path) => {
    for (const key of [KEY.acmeViewer, KEY.acmeAdmin]) {
      const reply = await gateway.call(method, path, { key, ...(method === 'PUT' && { body: {} }) });
      expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  it('sees its own customer, and lists nothing else', async () => {
    gateway.customers.customers.set('globex', {
      name: 'globex',
      displayName: 'G',
      createdAt: '',
      updatedAt: '',
    });
    const reply = await gateway.call('GET', '/v1/customers', { key: KEY.acmeViewer });
    expect(reply.body).toMatchObject({ items: [{ name: 'acme' }] });
    expect(
      (await gateway.call('GET', '/v1/customers/acme/sites/paris', { key: KEY.acmeViewer })).status,
    ).toBe(200);
  });

  it('finds no operation of another customer', async () => {
    const path = `/v1/operations/${operationOf().id}`;
    expect((await gateway.call('GET', path, { key: KEY.acmeViewer })).status).toBe(404);
    expect((await gateway.call('GET', path, { key: KEY.viewer })).status).toBe(200);
  });

  it('may manage its vendor accounts, and neither customers nor keys of others', async () => {
    const key = KEY.acmeAdmin;
    const account = { accountId: '1', credentials: { token: 't' } };
    const put = (path: string, body: unknown) => gateway.call('PUT', path, { key, body });
    expect((await put('/v1/customers/acme/vendor-accounts/cato', account)).status).toBe(201);
    expect((await put('/v1/customers/acme', { displayName: 'Acme' })).status).toBe(403);
    const make = async (spec: object) =>
      (await gateway.call('POST', '/v1/api-keys', { key, body: spec })).status;
    expect(await make({ name: 'k', role: 'viewer', customer: 'acme' })).toBe(201);
    expect(await make({ name: 'k', role: 'viewer' })).toBe(403);
    expect(await make({ name: 'k', role: 'viewer', customer: 'globex' })).toBe(404);
  });
});

describe('the directory of keys', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks once in five seconds, for unknown keys too', async () => {
    vi.useFakeTimers();
    const keys = new FakeKeys();
    const directory = new KeyDirectory(keys);
    await Promise.all([directory.find('a'), directory.find('a')]);
    await directory.find('a');
    expect(keys.lookups).toBe(1);
    vi.advanceTimersByTime(5_001);
    await directory.find('a');
    expect(keys.lookups).toBe(2);
  });

  it('forgets when told, and never remembers a failure', async () => {
    const keys = new FakeKeys();
    const directory = new KeyDirectory(keys);
    keys.failure = new Error('away');
    await expect(directory.find('a')).rejects.toThrow('away');
    keys.failure = undefined;
    await expect(directory.find('a')).resolves.toBeUndefined();
    keys.callers.set('a', { id: '1', name: 'a', role: 'viewer', customer: null });
    directory.forget();
    await expect(directory.find('a')).resolves.toMatchObject({ name: 'a' });
  });
});
