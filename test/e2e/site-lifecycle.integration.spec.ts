import { unmetered } from '@app/vendors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openEndToEnd,
  siteBody,
  tunnelBody,
  vendorCalls,
  vendorObjects,
  type EndToEnd,
} from './e2e-fixture.js';
import { planIndependently } from './independent-plan.js';

const PATH = '/v1/customers/acme/sites/paris';
const ACCOUNT = '1001';
const TOKEN = 'token-of-acme';

describe('a site from its first request to its last', () => {
  let system: EndToEnd;
  beforeAll(async () => {
    system = await openEndToEnd();
    await system.client.addCustomer('acme', { accountId: ACCOUNT, token: TOKEN });
  });
  afterAll(() => system.close());

  let wanted: ReturnType<typeof siteBody> = siteBody();

  async function planNow(): Promise<string> {
    const [row] = await system.database.rows<{
      resourceId: string;
      customerId: string;
      fencingToken: string;
    }>(
      `select id as "resourceId", customer_id as "customerId", fencing_token as "fencingToken" from resource
       where name = 'paris' and deleted_at is null`,
    );
    if (row === undefined) throw new Error('no site');
    const grant = {
      ...row,
      fencingToken: Number(row.fencingToken),
      operationId: row.resourceId,
      workerId: 'test',
    };
    const state = await system.states.read(grant);
    if (state === undefined) throw new Error('no state');
    return planIndependently({
      vendor: 'cato',
      customer: 'acme',
      site: 'paris',
      resourceId: row.resourceId,
      spec: wanted,
      state,
      connection: {
        baseUrl: system.stack.simulators.vendors['cato'] ?? '',
        accountId: ACCOUNT,
        credentials: { token: TOKEN },
        meter: unmetered,
      },
    });
  }

  it('is created with its tunnels and BGP, and answers with the vendor’s ids', async () => {
    const operation = await system.client.run('PUT', PATH, { body: wanted });
    expect(operation).toMatchObject({
      status: 'succeeded',
      action: 'create',
      attempt: 1,
      changed: true,
      changes: { add: 2, change: 0, remove: 0, replace: 0 },
    });
    const { sites, bgpPeers } = await vendorObjects(system.stack, ACCOUNT);
    expect(sites).toMatchObject([
      {
        name: 'acme-paris',
        nativeRange: { subnet: '10.20.0.0/24' },
        description: expect.stringContaining('Paris office [sw:'),
      },
    ]);
    expect(bgpPeers).toMatchObject([
      { name: 'fibre', siteId: sites[0]?.id, peerIp: '169.254.10.2', peerAsn: 65_010 },
    ]);
    expect(operation.outputs).toMatchObject({ siteId: sites[0]?.id, bgpPeerIds: { fibre: bgpPeers[0]?.id } });
    expect(operation.timings.applyMs).toBeGreaterThan(0);
    expect((await system.client.call('GET', PATH)).body).toMatchObject({
      phase: 'ready',
      revision: 1,
      appliedRevision: 1,
      spec: { description: 'Paris office', tunnels: [{ psk: null }, { psk: null }] },
      outputs: { siteId: sites[0]?.id },
    });
    expect(await planNow()).toBe('no changes');
  });

  it('asked for again it changes nothing', async () => {
    const answer = await system.client.call('PUT', PATH, { body: wanted });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ changed: false, revision: 1 });
  });

  it('is edited in place: description, PSK, bandwidth and range', async () => {
    const before = await vendorObjects(system.stack, ACCOUNT);
    wanted = siteBody({
      description: 'Paris headquarters',
      networkRange: '10.21.0.0/24',
      tunnels: [
        tunnelBody('fibre', 10, {
          bgp: { peerAsn: 65_010 },
          psk: 'another-preshared-key',
          bandwidthMbps: { down: 500, up: 200 },
        }),
        tunnelBody('lte', 11, { role: 'secondary' }),
      ],
    });
    const operation = await system.client.run('PUT', PATH, { body: wanted });
    expect(operation).toMatchObject({
      status: 'succeeded',
      action: 'update',
      changes: { add: 0, change: 1, remove: 0, replace: 0 },
    });
    const after = await vendorObjects(system.stack, ACCOUNT);
    expect(after.sites[0]).toMatchObject({
      id: before.sites[0]?.id,
      description: expect.stringContaining('Paris headquarters [sw:'),
      nativeRange: { subnet: '10.21.0.0/24' },
      primary: { tunnels: [{ psk: 'another-preshared-key' }] },
    });
    expect(after.bgpPeers).toEqual(before.bgpPeers);
    expect(await planNow()).toBe('no changes');
  });

  it('gets a BGP peer in its second tunnel', async () => {
    const lte = tunnelBody('lte', 11, {
      role: 'secondary',
      psk: null,
      bgp: { peerAsn: 65_011, metric: 200 },
    });
    wanted = {
      ...wanted,
      tunnels: wanted.tunnels.map((tunnel) =>
        tunnel.name === 'lte' ? { ...lte, psk: tunnel.psk ?? null } : tunnel,
      ),
    };
    const operation = await system.client.run('PUT', `${PATH}/tunnels/lte`, { body: lte });
    expect(operation).toMatchObject({
      status: 'succeeded',
      changes: { add: 1, change: 0, remove: 0, replace: 0 },
    });
    const { bgpPeers } = await vendorObjects(system.stack, ACCOUNT);
    expect(bgpPeers.map(({ name, peerAsn }) => [name, peerAsn])).toEqual([
      ['fibre', 65_010],
      ['lte', 65_011],
    ]);
    expect(operation.outputs).toMatchObject({ bgpPeerIds: { lte: bgpPeers[1]?.id } });
    expect(await planNow()).toBe('no changes');
  });

  it('loses a BGP peer that is asked for no longer', async () => {
    const lte = tunnelBody('lte', 11, { role: 'secondary', psk: null });
    const operation = await system.client.run('PUT', `${PATH}/tunnels/lte`, { body: lte });
    expect(operation).toMatchObject({ status: 'succeeded', changes: { remove: 1 } });
    expect((await vendorObjects(system.stack, ACCOUNT)).bgpPeers).toHaveLength(1);
  });

  it('a tunnel more or less is not yet supported, and says so', async () => {
    const more = await system.client.call('PUT', `${PATH}/tunnels/third`, { body: tunnelBody('third', 12) });
    expect([more.status, more.body]).toMatchObject([
      422,
      { code: 'NOT_YET_SUPPORTED', errors: [{ path: 'tunnels' }] },
    ]);
    const fewer = await system.client.call('DELETE', `${PATH}/tunnels/lte`);
    expect([fewer.status, fewer.body]).toMatchObject([422, { code: 'NOT_YET_SUPPORTED' }]);
  });

  it('is deleted, and nothing is left at the vendor', async () => {
    const operation = await system.client.run('DELETE', PATH);
    expect(operation).toMatchObject({ status: 'succeeded', action: 'delete', changes: { remove: 2 } });
    expect(await vendorObjects(system.stack, ACCOUNT)).toEqual({ sites: [], bgpPeers: [] });
    expect((await system.client.call('GET', PATH)).status).toBe(404);
    expect((await system.client.operation(operation.id)).site).toBe('paris');
  });

  it('never threw away the account’s policy draft, and no call was refused', async () => {
    const { operations, refused } = await vendorCalls(system.stack, ACCOUNT);
    expect(operations['discardPolicyRevision']).toBeUndefined();
    expect(refused).toBe(0);
  });
});
