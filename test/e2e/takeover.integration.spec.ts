import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import type { Operation } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { VARIABLES_FILE } from '../../apps/tf-executor/src/terraform/run-folder.js';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import { killAll, processesGone, processesIn } from '../../sandbox/stack/processes.js';
import {
  IMPATIENT,
  openEndToEnd,
  siteBody,
  tunnelBody,
  vendorCalls,
  vendorFault,
  vendorObjects,
  type EndToEnd,
} from './e2e-fixture.js';
import { OperatorCalls } from './operator-calls.js';

const Variables = z.object({ connection: z.object({ base_url: z.string() }) });

const ADD_PEER = `mutation siteAddBgpPeer($addBgpPeerInput: AddBgpPeerInput!, $accountId: ID!) {
  site(accountId: $accountId) { addBgpPeer(input: $addBgpPeerInput) { bgpPeer { id } } }
}`;

const twoPeers = (over: Record<string, unknown> = {}) =>
  siteBody({
    tunnels: [
      tunnelBody('fibre', 10, { bgp: { peerAsn: 65_010 } }),
      tunnelBody('lte', 11, { role: 'secondary', bgp: { peerAsn: 65_011 } }),
    ],
    ...over,
  });

let system: EndToEnd;
let operator: OperatorCalls;
let customers = 0;
beforeAll(async () => {
  system = await openEndToEnd({ executors: 0, env: IMPATIENT });
  operator = new OperatorCalls(system.client);
});
afterAll(() => system.close());

class TestCustomer {
  private constructor(
    readonly name: string,
    readonly account: string,
  ) {}

  static async add(): Promise<TestCustomer> {
    customers += 1;
    const customer = new TestCustomer(`customer-${customers}`, String(5000 + customers));
    await system.client.addCustomer(customer.name, { accountId: customer.account, token: 'token' });
    return customer;
  }

  get path(): string {
    return `/v1/customers/${this.name}/sites/paris`;
  }

  /** Lets the nth call of an API operation take effect, and keeps its answer back. */
  hold(operation: string, nth = 1) {
    return vendorFault(system.stack, this.account, operation, { effect: 'hang_after', nth });
  }

  objects() {
    return vendorObjects(system.stack, this.account);
  }
}

/** One site as asked for, its two peers, its state, and no lease or lock left. */
async function expectOneSite(customer: TestCustomer): Promise<void> {
  const { sites, bgpPeers } = await customer.objects();
  expect(sites.map(({ name }) => name)).toEqual([`${customer.name}-paris`]);
  expect(bgpPeers).toHaveLength(2);
  expect(Object.fromEntries(bgpPeers.map(({ name, siteId }) => [name, siteId]))).toEqual({
    fibre: sites[0]?.id,
    lte: sites[0]?.id,
  });
  const stored = await system.database.rows<{ address: string; objectId: string; isTainted: boolean }>(
    `select address, object_id as "objectId", is_tainted as "isTainted" from state_resource
     where customer_id = (select id from customer where name = $1) order by address`,
    [customer.name],
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

async function killWithTerraform(worker: ChildService): Promise<void> {
  const terraform = processesIn(system.stack.workDirectory, 'terraform');
  expect(terraform.length).toBeGreaterThan(0);
  worker.signal('SIGKILL');
  killAll(terraform, 'SIGKILL');
  await processesGone(system.stack.workDirectory, 'terraform apply', 10_000);
}

type Request = 'create' | 'add a peer' | 'delete';
interface HeldRun {
  customer: TestCustomer;
  ended: Operation;
  /** The same site, edited afterwards. */
  edited: Operation | undefined;
}

describe('a worker that dies with a dozen runs in hand, each after another call of the vendor,', () => {
  const cases: [string, number, Request][] = [
    ['addIpsecIkeV2Site', 1, 'create'],
    ['entityLookup', 1, 'create'],
    ['updateIpsecIkeV2SiteGeneralDetails', 1, 'create'],
    ['addIpsecIkeV2SiteTunnels', 1, 'create'],
    ['entityLookup', 2, 'create'],
    ['accountSnapshot', 1, 'create'],
    ['entityLookup', 3, 'create'],
    ['entityLookup', 4, 'create'],
    ['addBgpPeer', 1, 'create'],
    ['addBgpPeer', 2, 'create'],
    ['addBgpPeer', 1, 'add a peer'],
    ['removeSite', 1, 'delete'],
  ];
  const runs = new Map<string, HeldRun>();
  const nameOf = (operation: string, nth: number, request: Request) => `${request} ${operation} ${nth}`;

  async function hold([operation, nth, request]: (typeof cases)[number]) {
    const customer = await TestCustomer.add();
    if (request !== 'create') {
      await system.client.run('PUT', customer.path, {
        body: request === 'delete' ? twoPeers() : siteBody(),
      });
    }
    const held = await customer.hold(operation, nth);
    const { id } = await (request === 'delete'
      ? system.client.submit('DELETE', customer.path)
      : system.client.submit('PUT', customer.path, { body: twoPeers() }));
    await held.reached();
    return { name: nameOf(operation, nth, request), request, customer, id, held };
  }

  beforeAll(async () => {
    // A dozen starting Terraforms leave the worker little of the processor to confirm its leases with.
    const patient = { LEASE_MS: '6000', HEARTBEAT_MS: '1000' };
    const worker = await system.stack.startExecutor({ CONSUMER_SLOTS: String(cases.length), ...patient });
    const underWay = await Promise.all(cases.map(hold));
    await killWithTerraform(worker);
    await Promise.all(underWay.map(({ held }) => held.release()));
    const heir = await system.stack.startExecutor({ CONSUMER_SLOTS: '4', ...patient });
    await Promise.all(
      underWay.map(async ({ name, request, customer, id }) => {
        const ended = await system.client.settled(id);
        const body = twoPeers({ description: 'after all' });
        const edited =
          request === 'delete' ? undefined : await system.client.run('PUT', customer.path, { body });
        runs.set(name, { customer, ended, edited });
      }),
    );
    await heir.stop();
  }, 120_000);

  const runOf = (of: (typeof cases)[number]): HeldRun => {
    const run = runs.get(nameOf(...of));
    if (run === undefined) throw new Error('it has not ended');
    return run;
  };

  it.each(cases)('%s %d of a request to %s: is ended by another one', async (...of) => {
    const { ended } = runOf(of);
    expect(ended.status).toBe('succeeded');
    const outcomes = (await operator.runs(ended.id)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['taken_over', 'succeeded']);
  });

  it.each(cases.filter(([, , request]) => request !== 'delete'))(
    '%s %d of a request to %s: leaves nothing that the state does not know, nor the other way round',
    async (...of) => {
      const { customer, edited } = runOf(of);
      expect(edited).toMatchObject({
        status: 'succeeded',
        attempt: 1,
        changes: { add: 0, remove: 0, replace: 0 },
      });
      await expectOneSite(customer);
    },
  );

  it('removeSite of a request to delete: leaves nothing', async () => {
    const { customer } = runOf(['removeSite', 1, 'delete']);
    expect(await customer.objects()).toEqual({ sites: [], bgpPeers: [] });
  });
});

/** All that a run can leave in the ledger. */
const recorded = (operationId: string) =>
  system.database.rows(
    `select id::text, type from operation_event where operation_id = $1
     union all select version::text, 'state' from state_version where operation_id = $1
     union all select id::text, status from operation where id = $1 order by 1, 2`,
    [operationId],
  );

const terraformGone = () => processesGone(system.stack.workDirectory, 'terraform apply', 10_000);

const selfReport = async ({ pid }: ChildService) =>
  (await operator.workers()).find(({ id }) => id.includes(`:${pid}:`));

describe('a worker', () => {
  /** The only executor: whatever is to be done, it does. */
  let worker: ChildService;
  let customer: TestCustomer;
  const startWorker = async (env: NodeJS.ProcessEnv = {}) => {
    worker = await system.stack.startExecutor({ CONSUMER_SLOTS: '1', ...env });
  };
  beforeAll(() => startWorker());
  beforeEach(async () => {
    customer = await TestCustomer.add();
  });

  const put = (over: Record<string, unknown> = {}) =>
    system.client.run('PUT', customer.path, { body: twoPeers(over) });

  /** A run that waits for the answer to a call that has taken effect. */
  async function heldRun(operation: string) {
    const held = await customer.hold(operation);
    const { id } = await system.client.submit('PUT', customer.path, { body: twoPeers() });
    await held.reached();
    return { id, held };
  }

  it('killed alone: its Terraform stops by itself and another one takes over', async () => {
    const { id, held } = await heldRun('addIpsecIkeV2SiteTunnels');
    await worker.kill();
    await processesGone(system.stack.workDirectory, 'terraform', 10_000);
    await held.release();
    await startWorker();
    expect(await system.client.settled(id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(customer);
  });

  /** As the provider of a frozen run: a call that is to go on to the vendor when the run wakes. */
  async function addPeerThroughFrozenRun(siteId: string) {
    const [file = ''] = globSync(join(system.stack.workDirectory, '**', VARIABLES_FILE));
    const { connection } = Variables.parse(JSON.parse(readFileSync(file, 'utf8')));
    const call = http.request(connection.base_url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'token', 'x-account-id': customer.account },
    });
    const status = new Promise<number | undefined>((resolve) => {
      call.on('response', (response) => resolve(response.statusCode));
      call.on('error', () => resolve(undefined));
    });
    const addBgpPeerInput = {
      site: { by: 'ID', input: siteId },
      name: 'late',
      peerAsn: 65_099,
      catoAsn: 65_000,
      peerIp: '169.254.99.2',
      defaultAction: 'ACCEPT',
    };
    const variables = { accountId: customer.account, addBgpPeerInput };
    call.end(JSON.stringify({ query: ADD_PEER, variables }));
    await once(call, 'finish');
    return { status };
  }

  it('frozen past its lease: its Terraform stops by itself, and what it writes or calls on waking is refused', async () => {
    const { id, held } = await heldRun('addIpsecIkeV2SiteTunnels');
    const frozen = worker;
    frozen.signal('SIGSTOP');
    await terraformGone();
    await held.release();
    await startWorker();
    expect(await system.client.settled(id)).toMatchObject({ status: 'succeeded' });
    expect((await operator.runs(id)).map(({ outcome }) => outcome)).toEqual(['taken_over', 'succeeded']);
    await expectOneSite(customer);
    const before = await recorded(id);
    // As if it had been silent for longer: half a minute makes a worker a dead one.
    await system.database.rows(
      `update worker set last_seen_at = last_seen_at - interval '1 minute' where id like $1`,
      [`%:${frozen.pid}:%`],
    );
    expect(await selfReport(frozen)).toMatchObject({ state: 'dead' });
    expect(await selfReport(worker)).toMatchObject({ state: 'alive' });
    const { sites } = await customer.objects();
    const late = await addPeerThroughFrozenRun(sites[0]?.id ?? '');
    frozen.signal('SIGCONT');
    expect(await late.status).toBeUndefined();
    await expectOneSite(customer);
    // It has read what came of its run by the time that it stops; a drain waits for that.
    expect(await frozen.stop()).toEqual({ code: 0, signal: null });
    expect(await selfReport(frozen)).toMatchObject({ state: 'stopped' });
    expect(await recorded(id)).toEqual(before);
    expect((await put({ description: 'later' })).status).toBe('succeeded');
    await expectOneSite(customer);
  });

  it('that loses its site while Terraform saves: the state is kept aside and is never the current one', async () => {
    const { id, held } = await heldRun('addBgpPeer');
    // What a takeover does first.
    const fenced = await system.database.rows<{ resourceId: string; token: number }>(
      `update resource r set fencing_token = r.fencing_token + 1 from operation o
       where o.id = $1 and r.id = o.resource_id returning r.id as "resourceId", o.fencing_token::int as token`,
      [id],
    );
    await held.release();
    await terraformGone();
    const ended = await system.client.settled(id);
    expect(ended).toMatchObject({ status: 'succeeded' });
    const [{ resourceId, token } = { resourceId: '', token: 0 }] = fenced;
    const kept = await system.database.rows(
      `select operation_id as "operationId", fencing_token::int as token from state_quarantine where resource_id = $1`,
      [resourceId],
    );
    expect(kept).toEqual([{ operationId: id, token }]);
    const written = await system.database.rows<{ token: number }>(
      `select fencing_token::int as token from state_version where resource_id = $1`,
      [resourceId],
    );
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((version) => version.token <= token)).toEqual([]);
    await expectOneSite(customer);
  });

  it('whose vendor hangs until the deadline ends the run in time; dead by then, somebody else ends it', async () => {
    await worker.stop();
    // The lease outlasts the deadline: who takes over finds that it has passed.
    await startWorker({ RUN_DEADLINE_MS: '3000', LEASE_MS: '4000', HEARTBEAT_MS: '800' });
    const first = await vendorFault(system.stack, customer.account, 'addBgpPeer', { effect: 'hang' });
    const late = await put();
    expect(late).toMatchObject({
      status: 'timed_out',
      error: { code: 'TF_TIMED_OUT', retryable: true },
      changes: { add: 1 },
    });
    await first.release();
    const second = await vendorFault(system.stack, customer.account, 'addBgpPeer', { effect: 'hang' });
    const { id } = await system.client.submit('PUT', customer.path, { body: twoPeers({ description: 'b' }) });
    await second.matched();
    await killWithTerraform(worker);
    await second.release();
    expect(await system.client.settled(id)).toMatchObject({
      status: 'timed_out',
      error: { code: 'WORKER_LOST', retryable: true },
    });
    expect(await operator.deadLetters({ customer: customer.name })).toEqual([]);
    await startWorker();
    await system.client.call('POST', `/v1/operations/${id}:retry`);
    expect(await system.client.settled(id)).toMatchObject({ status: 'succeeded' });
    await expectOneSite(customer);
  });

  it('whose Terraform dies leaves nothing of a revision that the next one takes back', async () => {
    const { path } = customer;
    const contents = async () => {
      const { sites, bgpPeers } = await customer.objects();
      return { sites: sites.map((site) => ({ ...site, modifiedAt: 'whenever' })), bgpPeers };
    };
    await system.client.run('PUT', path, { body: siteBody() });
    const before = await contents();
    const held = await customer.hold('addBgpPeer');
    const [fibre, lte] = twoPeers().tunnels;
    const moved = { ...lte, publicSiteIp: '203.0.113.99', psk: 'the key of a moved tunnel' };
    const between = await system.client.submit('PUT', path, { body: twoPeers({ tunnels: [fibre, moved] }) });
    await held.reached();
    const next = await system.client.submit('PUT', path, { body: siteBody() });
    killAll(processesIn(system.stack.workDirectory, 'terraform apply'), 'SIGKILL');
    await held.release();
    expect(await system.client.settled(next.id)).toMatchObject({ status: 'succeeded' });
    expect(await system.client.settled(between.id)).toMatchObject({ error: { code: 'SUPERSEDED' } });
    expect(await contents()).toEqual(before);
  });

  it('whose token was revoked fails a delete, keeps the state, and succeeds with new credentials', async () => {
    const { name, account, path } = customer;
    await put();
    await system.stack.admin('POST', '/tokens:revoke', { vendor: 'cato', account, token: 'token' });
    const failed = await system.client.run('DELETE', path);
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'VENDOR_AUTH_FAILED', retryable: false },
    });
    expect((await system.client.call('GET', path)).body).toMatchObject({ phase: 'delete_failed' });
    await expectOneSite(customer);
    await system.client.addCustomer(name, { accountId: account, token: 'new-token' });
    expect(await system.client.run('DELETE', path)).toMatchObject({ status: 'succeeded' });
    expect(await customer.objects()).toEqual({ sites: [], bgpPeers: [] });
  });

  it('that finds a site of our name that is not ours never touches it', async () => {
    const { account } = customer;
    await system.client.addCustomer('twin', { accountId: account, token: 'token' });
    await put();
    const { sites } = await customer.objects();
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
    expect((await customer.objects()).sites).toHaveLength(1);
    expect((await vendorCalls(system.stack, account)).operations['removeSite']).toBeUndefined();
  });
});
