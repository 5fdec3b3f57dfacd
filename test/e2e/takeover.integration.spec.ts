import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import {
  IMPATIENT,
  openEndToEnd,
  siteBody,
  tunnelBody,
  vendorCalls,
  vendorObjects,
  type EndToEnd,
} from './e2e-fixture.js';
import { killAll, processesGone, processesIn } from './processes.js';

const PATH = '/v1/customers/acme/sites/paris';
const ACCOUNT = '5001';
const Fault = z.looseObject({ id: z.string() });
const Fired = z.looseObject({ fired: z.number() });

const twoPeers = (over: Record<string, unknown> = {}) =>
  siteBody({
    tunnels: [
      tunnelBody('fibre', 10, { bgp: { peerAsn: 65_010 } }),
      tunnelBody('lte', 11, { role: 'secondary', bgp: { peerAsn: 65_011 } }),
    ],
    ...over,
  });

describe('a worker that dies in the middle of a run', () => {
  let system: EndToEnd;
  let victim: ChildService;
  beforeEach(async () => {
    system = await openEndToEnd({ executors: 1, env: IMPATIENT, executorEnv: { CONSUMER_SLOTS: '1' } });
    const [first] = system.executors;
    if (first === undefined) throw new Error('no executor');
    victim = first;
    await system.client.addCustomer('acme', { accountId: ACCOUNT, token: 'token' });
  });
  afterEach(() => system.close());

  /** Lets the nth call of an API operation take effect, keeps its answer back, and answers when that has happened. */
  async function holdAfter(operation: string, nth: number) {
    const rule = { vendor: 'cato', account: ACCOUNT, operation, nth, effect: 'hang_after' };
    const { id } = Fault.parse(await system.stack.admin('POST', '/faults', rule));
    return {
      reached: async () => {
        const { fired } = Fired.parse(await system.stack.admin('GET', `/faults/${id}?waitMs=20000`));
        expect(fired).toBe(1);
      },
      release: () => system.stack.admin('DELETE', `/faults/${id}`),
    };
  }

  async function killRun(): Promise<void> {
    const terraform = processesIn(system.stack.workDirectory, 'terraform');
    expect(terraform.length).toBeGreaterThan(0);
    victim.signal('SIGKILL');
    killAll(terraform, 'SIGKILL');
    await processesGone(system.stack.workDirectory, 'terraform apply', 10_000);
  }

  /** One site as asked for, its peers, its state, and no lease or lock left. */
  async function expectOneSite(peers: string[]): Promise<void> {
    const { sites, bgpPeers } = await vendorObjects(system.stack, ACCOUNT);
    expect(sites.map(({ name }) => name)).toEqual(['acme-paris']);
    expect(bgpPeers.map(({ name, siteId }) => [name, siteId]).toSorted()).toEqual(
      peers.map((peer) => [peer, sites[0]?.id]),
    );
    const stored = await system.database.rows<{ address: string; objectId: string; isTainted: boolean }>(
      `select address, object_id as "objectId", is_tainted as "isTainted" from state_resource order by address`,
    );
    expect(stored).toEqual([
      ...bgpPeers
        .map(({ id, name }) => ({ address: `cato_bgp_peer.peer["${name}"]`, objectId: id, isTainted: false }))
        .toSorted((one, other) => one.address.localeCompare(other.address)),
      { address: 'cato_ipsec_site.site', objectId: sites[0]?.id, isTainted: false },
    ]);
    const leases = await system.database.rows(
      `select 1 from operation where lease_until is not null union all select 1 from state_lock`,
    );
    expect(leases).toEqual([]);
  }

  it.each([
    ['the site was added', 'addIpsecIkeV2Site', 1],
    ['its range was looked up', 'entityLookup', 1],
    ['its details were set', 'updateIpsecIkeV2SiteGeneralDetails', 1],
    ['its tunnels were added', 'addIpsecIkeV2SiteTunnels', 1],
    ['it was read back', 'entityLookup', 2],
    ['its snapshot was read', 'accountSnapshot', 1],
    ['its range was read back', 'entityLookup', 3],
    ['its interface was read back', 'entityLookup', 4],
    ['its first peer was added', 'addBgpPeer', 1],
    ['its second peer was added', 'addBgpPeer', 2],
  ])(
    'killed after %s, another one ends with one site, its peers and its state',
    async (_name, operation, nth) => {
      const held = await holdAfter(operation, nth);
      const accepted = await system.client.submit('PUT', PATH, { body: twoPeers() });
      await held.reached();
      await killRun();
      await held.release();
      await system.stack.startExecutor();
      const ended = await system.client.settled(accepted.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempt: 2 });
      await expectOneSite(['fibre', 'lte']);
      const edited = await system.client.run('PUT', PATH, { body: twoPeers({ description: 'after all' }) });
      expect(edited).toMatchObject({ status: 'succeeded', changes: { add: 0, remove: 0, replace: 0 } });
      await expectOneSite(['fibre', 'lte']);
    },
  );

  it('killed in an update that adds a peer, the peer is there once', async () => {
    await system.client.run('PUT', PATH, { body: siteBody() });
    const held = await holdAfter('addBgpPeer', 1);
    const accepted = await system.client.submit('PUT', PATH, { body: twoPeers() });
    await held.reached();
    await killRun();
    await held.release();
    await system.stack.startExecutor();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
  });

  it('killed in a delete, nothing is left', async () => {
    await system.client.run('PUT', PATH, { body: twoPeers() });
    const held = await holdAfter('removeSite', 1);
    const accepted = await system.client.submit('DELETE', PATH);
    await held.reached();
    await killRun();
    await held.release();
    await system.stack.startExecutor();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    expect(await vendorObjects(system.stack, ACCOUNT)).toEqual({ sites: [], bgpPeers: [] });
  });

  it('killed alone, its Terraform stops by itself and another one takes over', async () => {
    const held = await holdAfter('addIpsecIkeV2SiteTunnels', 1);
    const accepted = await system.client.submit('PUT', PATH, { body: twoPeers() });
    await held.reached();
    await victim.kill();
    await processesGone(system.stack.workDirectory, 'terraform', 10_000);
    await held.release();
    await system.stack.startExecutor();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
  });

  it('frozen past its lease, its Terraform stops by itself, and what it writes on waking is refused', async () => {
    const held = await holdAfter('addIpsecIkeV2SiteTunnels', 1);
    const accepted = await system.client.submit('PUT', PATH, { body: twoPeers() });
    await held.reached();
    victim.signal('SIGSTOP');
    await processesGone(system.stack.workDirectory, 'terraform apply', 10_000);
    await held.release();
    await system.stack.startExecutor();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
    const eventsNow = () => system.database.rows(`select id, type from operation_event order by id`);
    const before = {
      events: await eventsNow(),
      states: await system.database.rows(`select version from state_version`),
    };
    victim.signal('SIGCONT');
    await expect.poll(() => victim.health('ready'), { timeout: 20_000 }).toBe(200);
    const later = await system.client.run('PUT', PATH, { body: twoPeers({ description: 'later' }) });
    expect(later.status).toBe('succeeded');
    const ofThisOperation = await system.database.rows(
      `select id, type from operation_event where operation_id <> $1 order by id`,
      [later.id],
    );
    expect(ofThisOperation).toEqual(before.events);
    await expectOneSite(['fibre', 'lte']);
  });

  it('a delete with a revoked token fails, keeps its state, and succeeds with new credentials', async () => {
    await system.client.run('PUT', PATH, { body: twoPeers() });
    await system.stack.admin('POST', '/tokens:revoke', { vendor: 'cato', account: ACCOUNT, token: 'token' });
    const failed = await system.client.run('DELETE', PATH);
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'VENDOR_AUTH_FAILED', retryable: false },
    });
    expect((await system.client.call('GET', PATH)).body).toMatchObject({ phase: 'delete_failed' });
    await expectOneSite(['fibre', 'lte']);
    await system.client.addCustomer('acme', { accountId: ACCOUNT, token: 'new-token' });
    expect(await system.client.run('DELETE', PATH)).toMatchObject({ status: 'succeeded' });
    expect(await vendorObjects(system.stack, ACCOUNT)).toEqual({ sites: [], bgpPeers: [] });
  });

  it('a site of our name that is not ours is never touched', async () => {
    await system.client.addCustomer('twin', { accountId: ACCOUNT, token: 'token' });
    await system.client.run('PUT', PATH, { body: twoPeers() });
    const { sites } = await vendorObjects(system.stack, ACCOUNT);
    const mark = {
      vendor: 'cato',
      account: ACCOUNT,
      kind: 'site',
      id: sites[0]?.id,
      set: { name: 'twin-rome' },
    };
    await system.stack.admin('POST', '/objects:mutate', mark);
    const taken = await system.client.run('PUT', '/v1/customers/twin/sites/rome', { body: siteBody() });
    expect(taken).toMatchObject({ status: 'failed', error: { code: 'NAME_TAKEN', retryable: false } });
    expect((await vendorObjects(system.stack, ACCOUNT)).sites).toHaveLength(1);
    expect((await vendorCalls(system.stack, ACCOUNT)).operations['removeSite']).toBeUndefined();
  });
});
