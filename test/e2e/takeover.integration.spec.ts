import { z } from 'zod';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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
import { killAll, processesGone, processesIn } from '../../sandbox/stack/processes.js';

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
  /** The only executor: whatever is to be done, it does. After a test that killed it, its heir. */
  let worker: ChildService;
  let number = 0;
  let customer: string;
  let account: string;
  let path: string;
  beforeAll(async () => {
    system = await openEndToEnd({ executors: 0, env: IMPATIENT });
    worker = await system.stack.startExecutor({ CONSUMER_SLOTS: '1' });
  });
  afterAll(() => system.close());
  beforeEach(async () => {
    number += 1;
    customer = `customer-${number}`;
    account = String(5000 + number);
    path = `/v1/customers/${customer}/sites/paris`;
    await system.client.addCustomer(customer, { accountId: account, token: 'token' });
  });

  /** Lets the nth call of an API operation take effect, keeps its answer back, and answers when that has happened. */
  async function holdAfter(operation: string, nth: number) {
    const rule = { vendor: 'cato', account, operation, nth, effect: 'hang_after' };
    const { id } = Fault.parse(await system.stack.admin('POST', '/faults', rule));
    return {
      reached: async () => {
        const { fired } = Fired.parse(await system.stack.admin('GET', `/faults/${id}?waitMs=20000`));
        expect(fired).toBe(1);
      },
      release: () => system.stack.admin('DELETE', `/faults/${id}`),
    };
  }

  async function startHeir(): Promise<void> {
    worker = await system.stack.startExecutor({ CONSUMER_SLOTS: '1' });
  }

  async function killRun(): Promise<void> {
    const terraform = processesIn(system.stack.workDirectory, 'terraform');
    expect(terraform.length).toBeGreaterThan(0);
    worker.signal('SIGKILL');
    killAll(terraform, 'SIGKILL');
    await processesGone(system.stack.workDirectory, 'terraform apply', 10_000);
  }

  /** One site as asked for, its peers, its state, and no lease or lock left. */
  async function expectOneSite(peers: string[]): Promise<void> {
    const { sites, bgpPeers } = await vendorObjects(system.stack, account);
    expect(sites.map(({ name }) => name)).toEqual([`${customer}-paris`]);
    expect(bgpPeers).toHaveLength(peers.length);
    expect(Object.fromEntries(bgpPeers.map(({ name, siteId }) => [name, siteId]))).toEqual(
      Object.fromEntries(peers.map((peer) => [peer, sites[0]?.id])),
    );
    const stored = await system.database.rows<{ address: string; objectId: string; isTainted: boolean }>(
      `select address, object_id as "objectId", is_tainted as "isTainted" from state_resource
       where customer_id = (select id from customer where name = $1) order by address`,
      [customer],
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
      const accepted = await system.client.submit('PUT', path, { body: twoPeers() });
      await held.reached();
      await killRun();
      await held.release();
      await startHeir();
      const ended = await system.client.settled(accepted.id);
      expect(ended).toMatchObject({ status: 'succeeded', attempt: 2 });
      await expectOneSite(['fibre', 'lte']);
      const edited = await system.client.run('PUT', path, { body: twoPeers({ description: 'after all' }) });
      expect(edited).toMatchObject({
        status: 'succeeded',
        attempt: 1,
        changes: { add: 0, remove: 0, replace: 0 },
      });
      await expectOneSite(['fibre', 'lte']);
    },
  );

  it('killed in an update that adds a peer, the peer is there once', async () => {
    await system.client.run('PUT', path, { body: siteBody() });
    const held = await holdAfter('addBgpPeer', 1);
    const accepted = await system.client.submit('PUT', path, { body: twoPeers() });
    await held.reached();
    await killRun();
    await held.release();
    await startHeir();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
  });

  it('killed in a delete, nothing is left', async () => {
    await system.client.run('PUT', path, { body: twoPeers() });
    const held = await holdAfter('removeSite', 1);
    const accepted = await system.client.submit('DELETE', path);
    await held.reached();
    await killRun();
    await held.release();
    await startHeir();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    expect(await vendorObjects(system.stack, account)).toEqual({ sites: [], bgpPeers: [] });
  });

  it('killed alone, its Terraform stops by itself and another one takes over', async () => {
    const held = await holdAfter('addIpsecIkeV2SiteTunnels', 1);
    const accepted = await system.client.submit('PUT', path, { body: twoPeers() });
    await held.reached();
    await worker.kill();
    await processesGone(system.stack.workDirectory, 'terraform', 10_000);
    await held.release();
    await startHeir();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
  });

  it('frozen past its lease, its Terraform stops by itself, and what it writes on waking is refused', async () => {
    const held = await holdAfter('addIpsecIkeV2SiteTunnels', 1);
    const accepted = await system.client.submit('PUT', path, { body: twoPeers() });
    await held.reached();
    const frozen = worker;
    frozen.signal('SIGSTOP');
    await processesGone(system.stack.workDirectory, 'terraform apply', 10_000);
    await held.release();
    await startHeir();
    expect(await system.client.settled(accepted.id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(['fibre', 'lte']);
    const recorded = () =>
      system.database.rows(
        `select id::text, type from operation_event where operation_id = $1
         union all select version::text, 'state' from state_version where operation_id = $1 order by 1`,
        [accepted.id],
      );
    const before = await recorded();
    frozen.signal('SIGCONT');
    // It has read what came of its run by the time that it stops; a drain waits for that.
    expect(await frozen.stop()).toEqual({ code: 0, signal: null });
    expect(await recorded()).toEqual(before);
    const later = await system.client.run('PUT', path, { body: twoPeers({ description: 'later' }) });
    expect(later.status).toBe('succeeded');
    await expectOneSite(['fibre', 'lte']);
  });

  it('a delete with a revoked token fails, keeps its state, and succeeds with new credentials', async () => {
    await system.client.run('PUT', path, { body: twoPeers() });
    await system.stack.admin('POST', '/tokens:revoke', { vendor: 'cato', account, token: 'token' });
    const failed = await system.client.run('DELETE', path);
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'VENDOR_AUTH_FAILED', retryable: false },
    });
    expect((await system.client.call('GET', path)).body).toMatchObject({ phase: 'delete_failed' });
    await expectOneSite(['fibre', 'lte']);
    await system.client.addCustomer(customer, { accountId: account, token: 'new-token' });
    expect(await system.client.run('DELETE', path)).toMatchObject({ status: 'succeeded' });
    expect(await vendorObjects(system.stack, account)).toEqual({ sites: [], bgpPeers: [] });
  });

  it('a site of our name that is not ours is never touched', async () => {
    await system.client.addCustomer('twin', { accountId: account, token: 'token' });
    await system.client.run('PUT', path, { body: twoPeers() });
    const { sites } = await vendorObjects(system.stack, account);
    const mark = {
      vendor: 'cato',
      account,
      kind: 'site',
      id: sites[0]?.id,
      set: { name: 'twin-rome' },
    };
    await system.stack.admin('POST', '/objects:mutate', mark);
    const taken = await system.client.run('PUT', '/v1/customers/twin/sites/rome', { body: siteBody() });
    expect(taken).toMatchObject({ status: 'failed', error: { code: 'NAME_TAKEN', retryable: false } });
    expect((await vendorObjects(system.stack, account)).sites).toHaveLength(1);
    expect((await vendorCalls(system.stack, account)).operations['removeSite']).toBeUndefined();
  });
});
