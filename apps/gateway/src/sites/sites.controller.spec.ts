import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operationOf, Refusal, siteOf } from '../testing/fakes.js';
import { catoSite, catoTunnel, GatewayFixture, KEY, problemOf } from '../testing/gateway-fixture.js';

const PARIS = '/v1/customers/acme/sites/paris';

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
});
afterEach(() => gateway.stop());

describe('putting a site', () => {
  it('is accepted as an operation, with the secrets apart from the spec', async () => {
    const reply = await gateway.call('PUT', PARIS, { body: catoSite() });
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/v1/operations/${operationOf().id}`);
    expect(reply.body).toEqual(operationOf());
    const [put] = gateway.sites.puts;
    expect(put).toMatchObject({
      customer: 'acme',
      site: 'paris',
      vendor: 'cato',
      requester: { name: 'operator' },
      preconditions: {},
    });
    expect(put?.secrets).toContainEqual({
      key: 'tunnels.fibre.psk',
      path: 'tunnels.0.psk',
      isRequired: true,
      value: 'a-pre-shared-key',
    });
    expect(JSON.stringify(put?.visible)).not.toContain('a-pre-shared-key');
  });

  it('answers 200 with the site when nothing changes', async () => {
    gateway.sites.result = { kind: 'unchanged', site: siteOf({}, { revision: 7 }) };
    const reply = await gateway.call('PUT', PARIS, { body: catoSite() });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ name: 'paris', revision: 7, changed: false });
    expect(reply.headers.get('etag')).toBe('"7"');
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a missing field', { networkRange: undefined }, ['networkRange']],
    ['a bad CIDR', { networkRange: '10.20.0.7/24' }, ['networkRange']],
    ['an unknown field', { colour: 'red' }, ['colour']],
    [
      'an unknown field further in',
      { location: { countryCode: 'FR', timezone: 'Europe/Paris', zip: 1 } },
      ['location.zip'],
    ],
    [
      'a country that is none',
      { location: { countryCode: 'XX', timezone: 'Europe/Paris' } },
      ['location.countryCode'],
    ],
    ['a wrong type', { description: 7 }, ['description']],
    ['an overlong name', { tunnels: [catoTunnel('x'.repeat(64))] }, ['tunnels.0.name']],
    ['two tunnels of one name', { tunnels: [catoTunnel('a'), catoTunnel('a')] }, ['tunnels.1.name']],
    ['a NUL character', { description: 'a\0b' }, ['description']],
    ['half a surrogate pair', { description: 'a\ud800b' }, ['description']],
    ['a NUL in a field name', { 'a\0b': 1 }, ['ab']],
    ['no vendor', { vendor: undefined }, ['vendor']],
    ['a vendor of the wrong type', { vendor: ['cato'] }, ['vendor']],
    [
      'a BGP peer elsewhere',
      { tunnels: [catoTunnel('a', { bgp: { peerAsn: 65_010, peerIp: '169.254.1.7' } })] },
      ['tunnels.0.bgp.peerIp'],
    ],
  ])('%s is refused by its path, and nothing is queued', async (_name, changes, paths) => {
    const problem = problemOf(await gateway.call('PUT', PARIS, { body: catoSite(changes) }));
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('a fault never repeats a secret', async () => {
    const tunnels = [catoTunnel('a', { psk: 'hunter2\0hunter2', bgp: { md5AuthKey: ['hunter2'] } })];
    const reply = await gateway.call('PUT', PARIS, { body: catoSite({ tunnels }) });
    expect(reply.status).toBe(422);
    expect(JSON.stringify(reply.body)).not.toContain('hunter2');
  });

  it('an unknown vendor is named, with the known ones', async () => {
    const problem = problemOf(await gateway.call('PUT', PARIS, { body: catoSite({ vendor: 'acme-wan' }) }));
    expect(problem).toMatchObject({ status: 422, code: 'UNSUPPORTED_VENDOR', paths: ['vendor'] });
    expect(problem.detail).toContain('"acme-wan"');
    expect(problem.detail).toContain('cato');
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('tunnels are refused where the vendor’s sites have none of their own', async () => {
    const body = {
      vendor: 'meraki',
      description: 'Shop',
      location: { countryCode: 'FR', timezone: 'Europe/Paris' },
    };
    const tunnels = [catoTunnel('a')];
    const problem = problemOf(await gateway.call('PUT', PARIS, { body: { ...body, tunnels } }));
    expect(problem).toMatchObject({ status: 422, code: 'UNSUPPORTED_FOR_VENDOR', paths: ['tunnels'] });
    expect(gateway.sites.isUntouched).toBe(true);
    expect((await gateway.call('PUT', PARIS, { body })).status).toBe(202);
  });

  it.each([['null'], ['[]'], ['"text"'], ['7'], ['']])('the body %s is no site', async (raw) => {
    const problem = problemOf(
      await gateway.call('PUT', PARIS, { raw, headers: { 'content-type': 'application/json' } }),
    );
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths: [''] });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it.each([
    ['a held plan', 'requiresApproval=true', 'NOT_YET_SUPPORTED', 'requiresApproval'],
    ['a word that is no switch', 'requiresApproval=yes', 'VALIDATION_FAILED', 'requiresApproval'],
    ['an unknown parameter', 'dryRun=true', 'VALIDATION_FAILED', 'dryRun'],
  ])('%s is refused', async (_name, query, code, path) => {
    for (const [method, body] of [
      ['PUT', catoSite()],
      ['DELETE', undefined],
    ] as const) {
      const problem = problemOf(await gateway.call(method, `${PARIS}?${query}`, { body }));
      expect(problem).toMatchObject({ status: 422, code, paths: [path] });
    }
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it.each([
    ['/v1/customers/acme/sites/Paris', 'site'],
    ['/v1/customers/ACME/sites/paris', 'customer'],
    [`/v1/customers/acme/sites/${'x'.repeat(64)}`, 'site'],
    ['/v1/customers/acme/sites/a%00b', 'site'],
  ])('the address %s is refused by the parameter', async (path, name) => {
    expect(problemOf(await gateway.call('PUT', path, { body: catoSite() }))).toMatchObject({
      status: 422,
      code: 'VALIDATION_FAILED',
      paths: [name],
    });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it.each([
    ['SITE_DELETING', 409],
    ['VENDOR_ACCOUNT_MISSING', 409],
    ['NOT_FOUND', 404],
    ['PRECONDITION_FAILED', 412],
    ['IDEMPOTENCY_KEY_REUSED', 422],
    ['IDEMPOTENCY_KEY_IN_USE', 409],
  ] as const)('the ledger’s %s is a %i', async (code, status) => {
    gateway.sites.failures = [new Refusal(code)];
    expect(problemOf(await gateway.call('PUT', PARIS, { body: catoSite() }))).toMatchObject({ status, code });
  });

  it('what the ledger refuses keeps its fields and its operation', async () => {
    const errors = [{ path: 'tunnels.0.psk', message: 'is required' }];
    gateway.sites.failures = [new Refusal('VALIDATION_FAILED', { errors, operationId: operationOf().id })];
    expect(problemOf(await gateway.call('PUT', PARIS, { body: catoSite() }))).toMatchObject({
      status: 422,
      errors,
      operationId: operationOf().id,
    });
  });
});

describe('conditions', () => {
  beforeEach(() => {
    gateway.sites.sites.set('paris', siteOf({}, { revision: 3 }));
  });

  it.each<[string, Record<string, string>, object]>([
    ['If-Match', { 'if-match': '"3"' }, { ifRevision: 3 }],
    ['If-None-Match', { 'if-none-match': '*' }, { mustNotExist: true }],
    ['a tag that is not ours', { 'if-match': '"abc"' }, { ifRevision: 0 }],
    ['a weak tag', { 'if-match': 'W/"3"' }, { ifRevision: 0 }],
    ['several tags', { 'if-match': '"2", "3"' }, { ifRevision: 3 }],
    ['any tag', { 'if-match': '*' }, { ifRevision: 3 }],
  ])('%s goes to the ledger', async (_name, headers, preconditions) => {
    await gateway.call('PUT', PARIS, { body: catoSite(), headers });
    expect(gateway.sites.puts[0]?.preconditions).toEqual(preconditions);
  });

  it.each<[string, Record<string, string>, string]>([
    ['tags without ours', { 'if-match': '"1", "2"' }, PARIS],
    ['any tag of a site that is not there', { 'if-match': '*' }, '/v1/customers/acme/sites/rome'],
  ])('%s are a 412', async (_name, headers, path) => {
    const problem = problemOf(await gateway.call('PUT', path, { body: catoSite(), headers }));
    expect(problem).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ['If-Match', { 'if-match': '3' }],
    ['If-None-Match', { 'if-none-match': '"3"' }],
    ['Idempotency-Key', { 'idempotency-key': 'x'.repeat(256) }],
  ])('%s that cannot be read is refused by its name', async (path, headers) => {
    const problem = problemOf(await gateway.call('PUT', PARIS, { body: catoSite(), headers }));
    expect(problem).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths: [path] });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('a race with another writer is run again where the client named no single revision', async () => {
    gateway.sites.failures = [new Refusal('PRECONDITION_FAILED')];
    const reply = await gateway.call('PUT', PARIS, { body: catoSite(), headers: { 'if-match': '*' } });
    expect(reply.status).toBe(202);
    expect(gateway.sites.puts).toHaveLength(2);
  });

  it('are checked before the body is validated', async () => {
    const headers = { 'if-match': '"2"' };
    expect((await gateway.call('PUT', PARIS, { body: {}, headers })).status).toBe(412);
    expect((await gateway.call('PUT', PARIS, { body: {}, headers: { 'if-match': '"1", "2"' } })).status).toBe(
      412,
    );
    expect((await gateway.call('PUT', PARIS, { body: {}, headers: { 'if-match': '"3"' } })).status).toBe(422);
    expect(gateway.sites.isUntouched).toBe(true);
  });
});

describe('an idempotency key', () => {
  const headers = { 'idempotency-key': 'k-1' };
  const hashOf = async (path: string, body: unknown): Promise<string | undefined> => {
    await gateway.call('PUT', path, { body, headers });
    return gateway.sites.puts.at(-1)?.idempotency?.requestHash.toString('hex');
  };

  it('stands for method, address and body, however the body is written', async () => {
    const { vendor, ...rest } = catoSite();
    const first = await hashOf(PARIS, { vendor, ...rest });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(PARIS, { ...rest, vendor })).toBe(first);
    expect(await hashOf(PARIS, catoSite({ description: 'other' }))).not.toBe(first);
    expect(await hashOf('/v1/customers/acme/sites/rome', catoSite())).not.toBe(first);
  });

  it('answers again what it answered before, even to a body that would not be valid', async () => {
    const operation = operationOf({ status: 'succeeded', phase: 'done' });
    gateway.sites.earlier = { kind: 'accepted', operation, isReplay: true };
    const reply = await gateway.call('PUT', PARIS, { body: {}, headers });
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(`/v1/operations/${operation.id}`);
    expect(reply.body).toEqual(operation);
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('costs no question of its own when the body is valid', async () => {
    await gateway.call('PUT', PARIS, { body: catoSite(), headers });
    expect(gateway.sites.checks).toEqual([]);
  });
});

describe('reading sites', () => {
  it('answers the site with its revision as tag, never 304', async () => {
    gateway.sites.sites.set('paris', siteOf({ vendor: 'cato' }, { revision: 4 }));
    const reply = await gateway.call('GET', PARIS, { key: KEY.viewer, headers: { 'if-none-match': '"4"' } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('etag')).toBe('"4"');
    expect(reply.body).toMatchObject({ name: 'paris', spec: { vendor: 'cato' } });
  });

  it('lists pages', async () => {
    gateway.sites.sites.set('paris', siteOf({}));
    const reply = await gateway.call('GET', '/v1/customers/acme/sites?limit=5', { key: KEY.viewer });
    expect(reply.body).toMatchObject({ items: [{ name: 'paris' }], nextCursor: null });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=%00', 'cursor'],
    ['page=2', 'page'],
  ])('?%s is refused', async (query, path) => {
    const reply = await gateway.call('GET', `/v1/customers/acme/sites?${query}`, { key: KEY.viewer });
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths: [path] });
  });

  it('an unknown one is a 404', async () => {
    expect(problemOf(await gateway.call('GET', PARIS))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('deleting a site', () => {
  it('is an operation too', async () => {
    const reply = await gateway.call('DELETE', PARIS, {
      headers: { 'if-match': '"3"', 'idempotency-key': 'k' },
    });
    expect(reply.status).toBe(202);
    expect(gateway.sites.deletes[0]).toMatchObject({
      customer: 'acme',
      site: 'paris',
      preconditions: { ifRevision: 3 },
      idempotency: { key: 'k' },
    });
  });
});
