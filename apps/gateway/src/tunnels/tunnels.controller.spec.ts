import { vendors } from '@app/vendors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operationOf, Refusal, siteOf } from '../testing/fakes.js';
import { catoSite, catoTunnel, GatewayFixture, problemOf } from '../testing/gateway-fixture.js';

const PARIS = '/v1/customers/acme/sites/paris';
const BGP = { peerAsn: 65_010 };

/** A site as the ledger shows it: with its secrets as null. */
const stored = (...tunnels: Record<string, unknown>[]) =>
  siteOf(catoSite({ tunnels: tunnels.map((tunnel) => ({ ...tunnel, psk: null })) }), { revision: 3 });

let gateway: GatewayFixture;
beforeEach(async () => {
  gateway = await GatewayFixture.start();
  gateway.sites.sites.set(
    'paris',
    stored(catoTunnel('a'), catoTunnel('b', { privateSiteIp: '169.254.2.1' })),
  );
});
afterEach(() => gateway.stop());

const tunnelsPut = (): unknown[] => {
  const tunnels = gateway.sites.puts.at(-1)?.visible['tunnels'];
  return Array.isArray(tunnels) ? tunnels : [];
};

describe('putting a tunnel', () => {
  it('replaces the one of that name in its place, at the revision that was read', async () => {
    const { name: _name, ...body } = catoTunnel('a', {
      publicSiteIp: '203.0.113.77',
      psk: 'a-new-shared-key',
    });
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body });
    expect(reply.status).toBe(202);
    expect(tunnelsPut()).toMatchObject([
      { name: 'a', publicSiteIp: '203.0.113.77', psk: null },
      { name: 'b' },
    ]);
    const [put] = gateway.sites.puts;
    expect(put?.preconditions).toEqual({ ifRevision: 3 });
    expect(put?.secrets.filter(({ value }) => value !== undefined)).toEqual([
      { key: 'tunnels.a.psk', path: 'psk', isRequired: true, value: 'a-new-shared-key' },
    ]);
  });

  it('adds a new one at the end', async () => {
    await gateway.call('PUT', `${PARIS}/tunnels/c`, { body: catoTunnel('c', { role: 'secondary' }) });
    expect(tunnelsPut()).toMatchObject([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['another name than the address', { name: 'b' }, ['name']],
    ['a name that is no text', { name: null }, ['name']],
    ['a BGP peer elsewhere', { bgp: { ...BGP, peerIp: '169.254.1.7' } }, ['bgp.peerIp']],
    ['an unknown field of BGP', { bgp: { ...BGP, colour: 'red' } }, ['bgp.colour']],
    ['a short key', { psk: 'short' }, ['psk']],
    ['a NUL', { psk: 'long-enough\0' }, ['psk']],
    ['a rule between tunnels', { publicCatoIpId: '77' }, ['publicCatoIpId']],
    ['the last primary tunnel made secondary', { role: 'secondary' }, ['tunnels']],
  ])('%s is refused by the field of the tunnel', async (_name, changes, paths) => {
    const others = _name.startsWith('the last')
      ? [catoTunnel('b', { role: 'secondary' })]
      : [catoTunnel('b')];
    gateway.sites.sites.set('paris', stored(catoTunnel('a'), ...others));
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body: catoTunnel('a', changes) });
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'VALIDATION_FAILED', paths });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('what the vendor cannot change yet is named by the field of the tunnel', async () => {
    await gateway.call('PUT', `${PARIS}/tunnels/c`, { body: catoTunnel('c') });
    expect(gateway.sites.puts[0]?.unsupportedChange(stored(catoTunnel('a')).spec)).toMatchObject({
      path: 'tunnels',
    });
  });

  it('starts from what the other writer left when it was outrun', async () => {
    gateway.sites.failures = [new Refusal('PRECONDITION_FAILED')];
    gateway.sites.onPut = () => {
      gateway.sites.sites.set('paris', { ...stored(catoTunnel('a'), catoTunnel('z')), revision: 4 });
    };
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body: catoTunnel('a') });
    expect(reply.status).toBe(202);
    expect(gateway.sites.puts.map(({ preconditions }) => preconditions)).toEqual([
      { ifRevision: 3 },
      { ifRevision: 4 },
    ]);
    expect(tunnelsPut()).toMatchObject([{ name: 'a' }, { name: 'z' }]);
  });

  it('a client that knows the revision is told when it was outrun', async () => {
    gateway.sites.failures = [new Refusal('PRECONDITION_FAILED')];
    gateway.sites.onPut = () => {
      gateway.sites.sites.set('paris', { ...stored(catoTunnel('a')), revision: 4 });
    };
    const headers = { 'if-match': '"3"' };
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body: catoTunnel('a'), headers });
    expect(problemOf(reply)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    expect(gateway.sites.puts).toHaveLength(1);
  });

  it.each([
    ['a stale revision', { 'if-match': '"2"' }],
    ['a tunnel that is there already', { 'if-none-match': '*' }],
  ])('%s is a 412, before the body is looked at', async (_name, headers) => {
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body: {}, headers });
    expect(problemOf(reply)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('an idempotency key answers again even when the site is gone', async () => {
    gateway.sites.sites.clear();
    gateway.sites.earlier = { kind: 'accepted', operation: operationOf(), isReplay: true };
    const headers = { 'idempotency-key': 'k' };
    const reply = await gateway.call('PUT', `${PARIS}/tunnels/a`, { body: catoTunnel('a'), headers });
    expect(reply.status).toBe(202);
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('of an unknown site is a 404', async () => {
    const reply = await gateway.call('PUT', '/v1/customers/acme/sites/rome/tunnels/a', {
      body: catoTunnel('a'),
    });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('deleting a tunnel', () => {
  it('is a revision of the site without it', async () => {
    const reply = await gateway.call('DELETE', `${PARIS}/tunnels/a`);
    expect(reply.status).toBe(202);
    expect(tunnelsPut()).toMatchObject([{ name: 'b' }]);
  });

  it.each([
    ['an unknown one', 'z', 404, 'NOT_FOUND'],
    ['the only one', 'a', 422, 'VALIDATION_FAILED'],
  ])('%s is refused', async (_name, tunnel, status, code) => {
    gateway.sites.sites.set('paris', stored(catoTunnel('a')));
    const reply = await gateway.call('DELETE', `${PARIS}/tunnels/${tunnel}`);
    expect(problemOf(reply)).toMatchObject({ status, code });
    expect(gateway.sites.isUntouched).toBe(true);
  });

  it('holding the plan is not possible yet', async () => {
    const reply = await gateway.call('DELETE', `${PARIS}/tunnels/a?requiresApproval=true`);
    expect(problemOf(reply)).toMatchObject({
      status: 422,
      code: 'NOT_YET_SUPPORTED',
      paths: ['requiresApproval'],
    });
  });
});

describe('tunnels of a vendor whose sites have none', () => {
  const vendor = [...vendors.values()].find(({ site }) => site.tunnel === undefined)?.id ?? '';

  it.each([
    ['PUT', { role: 'primary' }],
    ['DELETE', undefined],
  ])('%s is refused as such', async (method, body) => {
    gateway.sites.sites.set('paris', siteOf({ vendor }, { vendor, revision: 3 }));
    const problem = problemOf(await gateway.call(method, `${PARIS}/tunnels/a`, { body }));
    expect(problem).toMatchObject({ status: 422, code: 'UNSUPPORTED_FOR_VENDOR', paths: ['tunnels'] });
    expect(problem.detail).toContain(vendor);
    expect(gateway.sites.isUntouched).toBe(true);
  });
});
