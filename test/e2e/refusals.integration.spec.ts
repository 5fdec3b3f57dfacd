import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, type CallOptions } from '../../sandbox/stack/gateway-client.js';
import { openEndToEnd, siteBody, tunnelBody, type EndToEnd } from './e2e-fixture.js';

const PATH = '/v1/customers/acme/sites/paris';
const body = (over: Record<string, unknown>) => ({ body: siteBody(over) });
const tunnel = (over: Record<string, unknown>) => body({ tunnels: [tunnelBody('fibre', 10, over)] });

describe('a wrong request', () => {
  let system: EndToEnd;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    // No executor: whatever was queued would still be there.
    system = await openEndToEnd({ executors: 0 });
    await system.client.addCustomer('acme', { accountId: '1', token: 'token' });
    await system.client.addCustomer('globex', { accountId: '2', token: 'token' });
    for (const [name, spec] of Object.entries({
      viewer: { role: 'viewer' },
      operator: { role: 'operator' },
      foreign: { role: 'admin', customer: 'globex' },
    })) {
      const { body: created } = await system.client.call('POST', '/v1/api-keys', { body: { name, ...spec } });
      keys[name] = String(Object(created).key);
    }
  });
  afterAll(() => system.close());

  const queued = async (): Promise<number> => {
    const [row] = await system.database.rows<{ count: number }>(
      `select (select count(*) from operation)::int + (select count(*) from outbox)::int
         + (select count(*) from resource)::int as count`,
    );
    return row?.count ?? -1;
  };

  it.each<[string, string, string, CallOptions, number, string, string | undefined]>([
    ['an unknown vendor', 'PUT', PATH, body({ vendor: 'acme-wan' }), 422, 'UNSUPPORTED_VENDOR', 'vendor'],
    ['no vendor', 'PUT', PATH, body({ vendor: undefined }), 422, 'VALIDATION_FAILED', 'vendor'],
    [
      'a bad CIDR',
      'PUT',
      PATH,
      body({ networkRange: '10.20.0.0/40' }),
      422,
      'VALIDATION_FAILED',
      'networkRange',
    ],
    ['a wrong type', 'PUT', PATH, body({ description: 7 }), 422, 'VALIDATION_FAILED', 'description'],
    ['an unknown key', 'PUT', PATH, body({ colour: 'red' }), 422, 'VALIDATION_FAILED', 'colour'],
    [
      'a bad address',
      'PUT',
      PATH,
      tunnel({ publicSiteIp: 'x' }),
      422,
      'VALIDATION_FAILED',
      'tunnels.0.publicSiteIp',
    ],
    [
      'a BGP peer elsewhere',
      'PUT',
      PATH,
      tunnel({ bgp: { peerAsn: 1, peerIp: '10.0.0.1' } }),
      422,
      'VALIDATION_FAILED',
      'tunnels.0.bgp.peerIp',
    ],
    ['no PSK on create', 'PUT', PATH, tunnel({ psk: null }), 422, 'VALIDATION_FAILED', 'tunnels.0.psk'],
    [
      'an overlong site name',
      'PUT',
      `/v1/customers/acme/sites/${'x'.repeat(64)}`,
      body({}),
      422,
      'VALIDATION_FAILED',
      'site',
    ],
    [
      'a NUL in a text',
      'PUT',
      PATH,
      body({ description: 'a\u0000b' }),
      422,
      'VALIDATION_FAILED',
      'description',
    ],
    [
      'an approval',
      'PUT',
      `${PATH}?requiresApproval=true`,
      body({}),
      422,
      'NOT_YET_SUPPORTED',
      'requiresApproval',
    ],
    ['JSON that is none', 'PUT', PATH, { body: '{"vendor":' }, 400, 'MALFORMED_JSON', undefined],
    [
      'a body of 1 MiB',
      'PUT',
      PATH,
      body({ description: 'x'.repeat(1024 * 1024) }),
      413,
      'BODY_TOO_LARGE',
      undefined,
    ],
    [
      'a precondition that fails',
      'PUT',
      PATH,
      { ...body({}), headers: { 'if-match': '"3"' } },
      412,
      'PRECONDITION_FAILED',
      undefined,
    ],
    [
      'a tunnel of no site',
      'PUT',
      `${PATH}/tunnels/t`,
      { body: tunnelBody('t', 1) },
      404,
      'NOT_FOUND',
      undefined,
    ],
    ['a site of no customer', 'PUT', '/v1/customers/nobody/sites/s', body({}), 404, 'NOT_FOUND', undefined],
    ['a delete of nothing', 'DELETE', PATH, {}, 404, 'NOT_FOUND', undefined],
    [
      'no key',
      'PUT',
      PATH,
      { ...body({}), headers: { authorization: '' } },
      401,
      'UNAUTHENTICATED',
      undefined,
    ],
    ['an unknown key', 'PUT', PATH, { ...body({}), key: 'sw_unknown' }, 401, 'UNAUTHENTICATED', undefined],
  ])('%s is refused, and nothing is queued', async (_name, method, path, options, status, code, field) => {
    const answer = await system.client.call(method, path, options);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const problem = problemOf(answer);
    expect([answer.status, problem.code]).toEqual([status, code]);
    expect(problem.paths).toEqual(field === undefined ? [] : [field]);
    expect(await queued()).toBe(0);
  });

  it.each([
    ['viewer', 403],
    ['foreign', 404],
  ])('a %s may not change the site, and nothing is queued', async (name, status) => {
    const answer = await system.client.call('PUT', PATH, { ...body({}), key: keys[name] ?? '' });
    expect(answer.status).toBe(status);
    expect(await queued()).toBe(0);
  });

  it('an operator may, but makes no customers and no keys; a scoped key sees its own customer alone', async () => {
    const operator = { key: keys['operator'] ?? '' };
    expect(
      (await system.client.call('PUT', '/v1/customers/new', { ...operator, body: { displayName: 'N' } }))
        .status,
    ).toBe(403);
    expect(
      (await system.client.call('POST', '/v1/api-keys', { ...operator, body: { name: 'x', role: 'admin' } }))
        .status,
    ).toBe(403);
    const accepted = await system.client.call('PUT', PATH, { ...body({}), ...operator });
    expect(accepted.status).toBe(202);
    const location = accepted.headers.get('location') ?? '';
    const foreign = { key: keys['foreign'] ?? '' };
    expect((await system.client.call('GET', location, operator)).status).toBe(200);
    expect((await system.client.call('GET', location, foreign)).status).toBe(404);
    expect((await system.client.call('GET', PATH, foreign)).status).toBe(404);
    expect((await system.client.call('GET', '/v1/operations', foreign)).body).toEqual({
      items: [],
      nextCursor: null,
    });
    expect((await system.client.call('GET', '/v1/customers', foreign)).body).toMatchObject({
      items: [{ name: 'globex' }],
    });
  });
});
