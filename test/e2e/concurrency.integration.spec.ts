import { connect } from 'amqplib';
import { deadQueue, workQueue } from '@app/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import { until } from '../messaging/support/broker-fixture.js';
import {
  openBroker,
  openEndToEnd,
  siteBody,
  vendorCalls,
  vendorFault,
  vendorObjects,
  type EndToEnd,
} from './e2e-fixture.js';
import { OperatorCalls } from './operator-calls.js';

/** Deliveries that the executors got a second time, and refused. */
async function redeliveries(executors: readonly ChildService[]): Promise<number> {
  const texts = await Promise.all(executors.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('sitewright_deliveries_total') && line.includes('redelivered="true"'))
    .map((line) => Number(line.split(' ').at(-1)))
    .reduce((sum, count) => sum + count, 0);
}

describe('many requests at once', () => {
  let system: EndToEnd;
  beforeAll(async () => {
    system = await openEndToEnd({ executors: 4 });
  });
  afterAll(() => system.close());

  it('the same request three times with one key is one operation and one site', async () => {
    await system.client.addCustomer('thrice', { accountId: '2001', token: 'token-2001' });
    const path = '/v1/customers/thrice/sites/one';
    const send = () =>
      system.client.call('PUT', path, { body: siteBody(), headers: { 'idempotency-key': 'k-1' } });
    const answers = [await send(), await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    const other = await system.client.call('PUT', path, {
      body: siteBody({ description: 'another' }),
      headers: { 'idempotency-key': 'k-1' },
    });
    expect([other.status, other.body]).toMatchObject([422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    const id = answers[0]?.headers.get('location')?.split('/').at(-1) ?? '';
    expect((await system.client.settled(id)).status).toBe('succeeded');
    expect((await vendorCalls(system.stack, '2001')).operations['addIpsecIkeV2Site']?.calls).toBe(1);
    const replay = await send();
    expect(replay.body).toMatchObject({ id, status: 'succeeded' });
  });

  it('a message that is delivered three times is one run', async () => {
    await system.client.addCustomer('triple', { accountId: '2002', token: 'token-2002' });
    const operation = await system.client.submit('PUT', '/v1/customers/triple/sites/one', {
      body: siteBody(),
    });
    const [row] = await system.database.rows<{ customerId: string }>(
      `select customer_id as "customerId" from operation where id = $1`,
      [operation.id],
    );
    const broker = await connect(system.amqpUrl);
    const channel = await broker.createConfirmChannel();
    const body = { operationId: operation.id, customerId: row?.customerId, releaseNo: 1, lane: 'site' };
    for (let copy = 0; copy < 3; copy += 1) {
      channel.publish('', workQueue('cato', 'site'), Buffer.from(JSON.stringify(body)), {
        type: 'site.converge.v1',
        persistent: true,
        messageId: `copy-${copy}`,
      });
    }
    await channel.waitForConfirms();
    await broker.close();
    expect(await system.client.settled(operation.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect((await vendorCalls(system.stack, '2002')).operations['addIpsecIkeV2Site']?.calls).toBe(1);
    const claims = await system.database.rows(
      `select 1 from operation_event where operation_id = $1 and type = 'claimed'`,
      [operation.id],
    );
    expect(claims).toHaveLength(1);
  });

  it('edits of one site at once are never two runs, and the vendor ends at the newest', async () => {
    await system.client.addCustomer('editor', { accountId: '2003', token: 'token-2003' });
    const path = '/v1/customers/editor/sites/one';
    await system.client.run('PUT', path, { body: siteBody() });
    const edits = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        system.client.submit('PUT', path, { body: siteBody({ description: `edit ${at}` }) }),
      ),
    );
    const ended = await Promise.all(edits.map(({ id }) => system.client.settled(id)));
    const newest = ended.toSorted((one, other) => other.revision - one.revision)[0];
    expect(newest?.status).toBe('succeeded');
    for (const { status, error } of ended) {
      expect([status, error?.code]).toSatisfy(
        ([was, code]: [string, string | undefined]) => was === 'succeeded' || code === 'SUPERSEDED',
      );
    }
    const { body } = await system.client.call('GET', path);
    const { sites } = await vendorObjects(system.stack, '2003');
    expect(body).toMatchObject({
      phase: 'ready',
      appliedRevision: newest?.revision,
      revision: newest?.revision,
    });
    expect(body).toMatchObject({ spec: { description: sites[0]?.description.split(' [sw:')[0] } });
    const runs = await system.database.rows<{ overlap: boolean }>(
      `select exists (
         select 1 from operation a join operation b on a.resource_id = b.resource_id and a.id <> b.id
         where a.customer_id = (select id from customer where name = 'editor')
           and a.started_at is not null and b.started_at is not null
           and tstzrange(a.started_at, a.finished_at) && tstzrange(b.started_at, b.finished_at)) as overlap`,
    );
    expect(runs).toEqual([{ overlap: false }]);
  });

  it('fifty customers at once on four executors: all succeed, nobody waits for another’s lock, no token strays', async () => {
    const customers = Array.from({ length: 50 }, (_, at) => ({
      name: `many-${at}`,
      account: String(3000 + at),
    }));
    for (const { name, account } of customers) {
      await system.client.addCustomer(name, { accountId: account, token: `token-${account}` });
      await system.stack.admin('POST', '/tokens:expect', {
        vendor: 'cato',
        account,
        token: `token-${account}`,
      });
    }
    const operations = await Promise.all(
      customers.map(({ name }) =>
        system.client.submit('PUT', `/v1/customers/${name}/sites/hq`, { body: siteBody() }),
      ),
    );
    const ended = await Promise.all(operations.map(({ id }) => system.client.settled(id)));
    expect(ended.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(
      customers.map(() => 'succeeded 1'),
    );
    for (const { account } of customers) {
      expect(await vendorObjects(system.stack, account)).toMatchObject({ sites: [{}], bgpPeers: [{}] });
    }
    const { refused, mismatched } = await vendorCalls(system.stack);
    expect({ refused, mismatched }).toEqual({ refused: 0, mismatched: 0 });
    const deferred = await system.database.rows(`select 1 from operation_event where type = 'deferred'`);
    expect(deferred).toEqual([]);
    const left = await system.database.rows(`select 1 from state_lock`);
    expect(left).toEqual([]);
  });

  it('a message that the broker delivers again while its run goes on starts no second one', async () => {
    const account = '2004';
    await system.client.addCustomer('again', { accountId: account, token: 'token-2004' });
    const operator = new OperatorCalls(system.client);
    const broker = await openBroker(system);
    const slow = await vendorFault(system.stack, account, 'addIpsecIkeV2Site', {
      effect: 'delay',
      delayMs: 3_000,
      times: 1,
    });
    const { id } = await system.client.submit('PUT', '/v1/customers/again/sites/one', { body: siteBody() });
    await slow.matched();
    // As when a consumer has exceeded the broker's timeout: what it had not acknowledged goes to the next one.
    expect(await broker.closeConnections('tf-executor:consume')).toBe(system.executors.length);
    await until(async () => (await redeliveries(system.executors)) > 0);
    expect(await operator.runs(id)).toMatchObject([{ outcome: 'running' }]);
    const ended = await system.client.settled(id);
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await operator.runs(id)).toMatchObject([{ attempt: 1, outcome: 'succeeded' }]);
    expect((await vendorCalls(system.stack, account)).operations['addIpsecIkeV2Site']?.calls).toBe(1);
    const { sites, bgpPeers } = await vendorObjects(system.stack, account);
    expect([sites.length, bgpPeers.length]).toEqual([1, 1]);
    await broker.untilReady(workQueue('cato', 'site'), 0);
    expect(await broker.ready(deadQueue('cato', 'site'))).toBe(0);
    await broker.destroy();
  });
});
