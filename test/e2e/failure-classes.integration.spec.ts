import { deadQueue, MessageHeader } from '@app/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerFixture } from '../messaging/support/broker-fixture.js';
import {
  openBroker,
  openEndToEnd,
  siteBody,
  vendorCallsInOrder,
  vendorFault,
  vendorObjects,
  type EndToEnd,
} from './e2e-fixture.js';
import { OperatorCalls } from './operator-calls.js';

const DEAD = deadQueue('cato', 'site');
const ADD = 'addIpsecIkeV2Site';
const LOOK_UP = 'entityLookup';

describe('a run that fails', () => {
  let system: EndToEnd;
  let operator: OperatorCalls;
  let broker: BrokerFixture;
  let number = 0;
  let customer: string;
  let account: string;
  let path: string;
  beforeAll(async () => {
    const ladder = {
      RETRY_MAX_TRIES: '3',
      RETRY_FIRST_WAIT_MS: '50',
      RETRY_LONGEST_WAIT_MS: '50',
      // A vendor that counts as down would be waited for.
      BREAKERS: '0',
    };
    system = await openEndToEnd({ env: { SWEEP_EVERY_MS: '100' }, executorEnv: ladder });
    operator = new OperatorCalls(system.client);
    broker = await openBroker(system);
  });
  afterEach(() => broker.takeAll(DEAD));
  afterAll(async () => {
    await broker.destroy();
    await system.close();
  });
  beforeEach(async () => {
    number += 1;
    customer = `customer-${number}`;
    account = String(7000 + number);
    path = `/v1/customers/${customer}/sites/paris`;
    await system.client.addCustomer(customer, { accountId: account, token: 'token' });
  });

  const create = (headers: Record<string, string> = {}) =>
    system.client.run('PUT', path, { body: siteBody(), headers });

  const fault = (operation: string, effect: Parameters<typeof vendorFault>[3]) =>
    vendorFault(system.stack, account, operation, effect);

  /** What is at the vendor, by name. */
  async function found() {
    const { sites, bgpPeers } = await vendorObjects(system.stack, account);
    return [...sites, ...bgpPeers].map(({ name }) => name);
  }
  const whole = () => [`${customer}-paris`, 'fibre'];

  const history = async (id: string) =>
    (await operator.runs(id)).map(({ attempt, outcome, error }) => [attempt, outcome, error?.code]);

  it.each<[string, string, Parameters<typeof vendorFault>[3]]>([
    ['answers 503 before it does anything', ADD, { effect: 'status', status: 503 }],
    ['cuts the connection before it does anything', ADD, { effect: 'reset_before' }],
    ['cuts the connection after it has added the site', ADD, { effect: 'reset_after' }],
    ['cuts the connection after it has added a peer', 'addBgpPeer', { effect: 'reset_after' }],
    [
      'has trouble behind its API',
      'addIpsecIkeV2SiteTunnels',
      { effect: 'graphql_error', message: 'DOWNSTREAM_SERVICE_ERROR' },
    ],
    ['answers what nobody can read', ADD, { effect: 'malformed' }],
  ])('because the vendor %s looks first, and then does what is missing', async (_why, operation, effect) => {
    await fault(operation, { ...effect, times: 1 });
    const ended = await create();
    expect(ended.status).toBe('succeeded');
    expect(await operator.runs(ended.id)).toMatchObject([
      { attempt: 1, outcome: 'deferred', error: { code: 'VENDOR_UNAVAILABLE' } },
      { outcome: 'succeeded' },
    ]);
    expect(await found()).toEqual(whole());
    const calls = await vendorCallsInOrder(system.stack, account);
    expect(calls[calls.indexOf(operation) + 1]).toBe(LOOK_UP);
    expect(await operator.deadLetters({ customer })).toEqual([]);
  });

  it('because the vendor answers 503 again and again is dead-lettered with its last try', async () => {
    await fault(ADD, { effect: 'status', status: 503 });
    const ended = await create({ 'idempotency-key': 'of-the-client' });
    expect(ended).toMatchObject({
      status: 'failed',
      attempt: 3,
      error: { code: 'VENDOR_UNAVAILABLE', retryable: true },
    });
    expect(await history(ended.id)).toEqual([
      [1, 'deferred', 'VENDOR_UNAVAILABLE'],
      [2, 'deferred', 'VENDOR_UNAVAILABLE'],
      [3, 'failed', 'VENDOR_UNAVAILABLE'],
    ]);
    expect(await operator.deadLetters({ customer })).toMatchObject([
      {
        status: 'open',
        reason: 'transient',
        attempts: 3,
        seenCount: 1,
        operationId: ended.id,
        customer,
        site: 'paris',
        vendor: 'cato',
        lane: 'site',
        error: { code: 'VENDOR_UNAVAILABLE' },
      },
    ]);
    expect(await vendorCallsInOrder(system.stack, account, [ADD, LOOK_UP])).toEqual([
      ADD,
      LOOK_UP,
      ADD,
      LOOK_UP,
      ADD,
    ]);
    await broker.untilReady(DEAD, 1);
    const [message] = await broker.takeAll(DEAD);
    expect(message?.properties.headers).toMatchObject({ [MessageHeader.operationId]: ended.id });
    expect(JSON.parse(String(message?.content))).toMatchObject({ operationId: ended.id, lane: 'site' });
  });

  it.each<[string, Parameters<typeof vendorFault>[3], string]>([
    [
      'refuses what is asked for',
      { effect: 'status', status: 422, message: 'input: siteType is not valid' },
      'VENDOR_REJECTED',
    ],
    ['forbids it', { effect: 'status', status: 403 }, 'VENDOR_AUTH_FAILED'],
    [
      'says that the name is taken',
      { effect: 'graphql_error', message: 'a site named paris already exists' },
      'NAME_TAKEN',
    ],
  ])('because the vendor %s fails at once, and that is all', async (_why, effect, code) => {
    await fault(ADD, effect);
    const ended = await create();
    expect(ended).toMatchObject({ status: 'failed', attempt: 1, error: { code, retryable: false } });
    expect(await history(ended.id)).toEqual([[1, 'failed', code]]);
    expect(await operator.deadLetters({ customer })).toEqual([]);
    expect(await broker.ready(DEAD)).toBe(0);
  });

  it('because the vendor is called too often waits, and then succeeds in the same try', async () => {
    await fault(ADD, { effect: 'status', status: 429, times: 1 });
    const ended = await create();
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await found()).toEqual(whole());
  });

  it('because the vendor lets nobody look is dead-lettered as rate limited, with nothing done twice', async () => {
    await fault(ADD, { effect: 'status', status: 503, times: 1 });
    const limited = await fault(LOOK_UP, { effect: 'status', status: 429 });
    const ended = await create();
    expect(ended).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'VENDOR_RATE_LIMITED' } });
    expect(await operator.deadLetters({ customer })).toMatchObject([
      { status: 'open', reason: 'rate_limited', attempts: 3 },
    ]);
    await limited.release();
    const again = await system.client.call('POST', `/v1/operations/${ended.id}:retry`);
    expect(again).toMatchObject({ status: 202, body: { id: ended.id, status: 'pending' } });
    expect(await system.client.settled(ended.id)).toMatchObject({ status: 'succeeded' });
    expect(await found()).toEqual(whole());
    expect(await vendorCallsInOrder(system.stack, account, [ADD])).toEqual([ADD, ADD]);
    expect(await operator.deadLetters({ customer })).toMatchObject([{ status: 'replayed' }]);
  });
});
