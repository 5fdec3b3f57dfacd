import { randomUUID } from 'node:crypto';
import {
  deadQueue,
  MessageHeader,
  SITE_CONVERGE,
  workQueue,
  type DeadLetter,
  type Operation,
} from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../sandbox/stack/gateway-client.js';
import { until, type BrokerFixture } from '../messaging/support/broker-fixture.js';
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

const WORK = workQueue('cato', 'site');
const DEAD = deadQueue('cato', 'site');
const ADD = 'addIpsecIkeV2Site';

let system: EndToEnd;
let operator: OperatorCalls;
let broker: BrokerFixture;
let number = 0;
let customer: string;
let account: string;
beforeAll(async () => {
  system = await openEndToEnd({
    env: { SWEEP_EVERY_MS: '100' },
    // A vendor that counts as down would be waited for.
    executorEnv: { RETRY_MAX_TRIES: '1', CONSUMER_SLOTS: '1', BREAKERS: '0' },
  });
  operator = new OperatorCalls(system.client);
  broker = await openBroker(system);
  await system.client.addCustomer('next', { accountId: '8000', token: 'token' });
});
afterAll(async () => {
  await broker.destroy();
  await system.close();
});
beforeEach(async () => {
  await broker.takeAll(DEAD);
  number += 1;
  customer = `customer-${number}`;
  account = String(8000 + number);
  await system.client.addCustomer(customer, { accountId: account, token: 'token' });
});

const pathOf = (site: string) => `/v1/customers/${customer}/sites/${site}`;

/** A site whose create failed once, the vendor being well again, and what is left of it. */
async function deadLettered(site = 'paris'): Promise<{ operation: Operation; letter: DeadLetter }> {
  const before = await broker.ready(DEAD);
  await vendorFault(system.stack, account, ADD, { effect: 'status', status: 503, times: 1 });
  const headers = { 'idempotency-key': `${customer}-${site}` };
  const operation = await system.client.run('PUT', pathOf(site), { body: siteBody(), headers });
  expect(operation).toMatchObject({ status: 'failed', attempt: 1 });
  await broker.untilReady(DEAD, before + 1);
  const [letter] = await operator.deadLetters({ customer, site, status: 'open' });
  if (letter === undefined) throw new Error('there is no dead letter');
  return { operation, letter };
}

const outcomes = async (operationId: string) =>
  (await operator.runs(operationId)).map(({ outcome }) => outcome);

/** The site is at the vendor once, and it took no more calls than that. */
async function expectOneSite(site = 'paris'): Promise<void> {
  const { sites, bgpPeers } = await vendorObjects(system.stack, account);
  expect(sites.map(({ name }) => name)).toEqual([`${customer}-${site}`]);
  expect(bgpPeers).toHaveLength(1);
}

/** The only consumer takes one after the other: when it has done this, it has done all that was before it. */
async function expectNextDone(): Promise<void> {
  const next = await system.client.run('PUT', '/v1/customers/next/sites/one', {
    body: siteBody({ description: randomUUID() }),
  });
  expect(next).toMatchObject({ status: 'succeeded' });
}

describe('a dead letter', () => {
  it('is listed, and read, with all that is known of it', async () => {
    const { operation, letter } = await deadLettered();
    expect(letter).toMatchObject({
      status: 'open',
      reason: 'transient',
      error: { code: 'VENDOR_UNAVAILABLE', retryable: true },
      queue: WORK,
      vendor: 'cato',
      lane: 'site',
      operationId: operation.id,
      customer,
      site: 'paris',
      attempts: 1,
      seenCount: 1,
      closedAt: null,
      links: { operation: `/v1/operations/${operation.id}` },
    });
    expect(await operator.deadLetter(letter.id)).toEqual(letter);
    expect(await operator.deadLetters({ customer, reason: 'unexpected' })).toEqual([]);
    expect(await operator.deadLetters({ customer, code: 'VENDOR_UNAVAILABLE' })).toEqual([letter]);
  });

  it('that is replayed runs its operation again, with its history and its idempotency', async () => {
    const { operation, letter } = await deadLettered();
    const answer = await operator.replay(letter.id);
    expect(answer).toMatchObject({ status: 200, body: { id: letter.id, status: 'replayed' } });
    const ended = await system.client.settled(operation.id);
    expect(ended).toMatchObject({ id: operation.id, status: 'succeeded', attempt: 2 });
    expect(await operator.runs(operation.id)).toMatchObject([
      { attempt: 1, outcome: 'failed', error: { code: 'VENDOR_UNAVAILABLE' } },
      { attempt: 2, outcome: 'succeeded' },
    ]);
    await expectOneSite();
    const again = await system.client.submit('PUT', pathOf('paris'), {
      body: siteBody(),
      headers: { 'idempotency-key': `${customer}-paris` },
    });
    expect(again).toMatchObject({ id: operation.id, status: 'succeeded' });
    const twice = await operator.replay(letter.id);
    expect(twice).toMatchObject({ status: 200, body: { status: 'replayed' } });
    expect(await system.client.operation(operation.id)).toMatchObject({ status: 'succeeded' });
    expect(await outcomes(operation.id)).toHaveLength(2);
  });

  it('whose replay fails as well is another one, which remembers the first', async () => {
    const { operation, letter } = await deadLettered();
    const broken = await vendorFault(system.stack, account, ADD, { effect: 'status', status: 503 });
    await operator.replay(letter.id);
    await until(async () => (await operator.deadLetters({ customer, status: 'open' })).length === 1);
    const [second] = await operator.deadLetters({ customer, status: 'open' });
    expect(second).toMatchObject({
      operationId: operation.id,
      attempts: 2,
      seenCount: 2,
      firstSeenAt: letter.firstSeenAt,
    });
    await broken.release();
    await operator.replay(second?.id ?? '');
    expect(await system.client.settled(operation.id)).toMatchObject({ status: 'succeeded', attempt: 3 });
    await expectOneSite();
  });

  it('is replayed with others that fit a filter, at a rate, and a dry run only counts them', async () => {
    const letters = [await deadLettered('one'), await deadLettered('two'), await deadLettered('three')];
    const filter = { customer, code: 'VENDOR_UNAVAILABLE' };
    const ratePerMinute = 120;
    const dry = await operator.replayAll({ filter, ratePerMinute, dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, matched: 3, replayed: 3, superseded: 0, notReplayable: 0 });
    expect(await operator.deadLetters({ customer, status: 'open' })).toHaveLength(3);
    const report = await operator.replayAll({ filter, ratePerMinute });
    expect(report).toMatchObject({ dryRun: false, matched: 3, replayed: 3 });
    const ended = await Promise.all(letters.map(({ operation }) => system.client.settled(operation.id)));
    expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const starts = (
      await Promise.all(letters.map(async ({ operation }) => (await operator.runs(operation.id))[1]))
    ).map((run) => Date.parse(run?.startedAt ?? ''));
    expect((starts[2] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(800);
    expect(Date.parse(report.lastReleaseAt ?? '')).toBeLessThanOrEqual(starts[2] ?? 0);
    const { sites } = await vendorObjects(system.stack, account);
    expect(sites).toHaveLength(3);
    expect(await operator.audit({ action: 'dead_letters.replayed' })).toMatchObject([
      { actor: 'admin', target: { type: 'filter' }, details: { filter, ratePerMinute, replayed: 3 } },
    ]);
  });

  it('that is discarded stays as it is, and so does its operation', async () => {
    const { operation, letter } = await deadLettered();
    expect(await operator.discard(letter.id, 'the branch was closed')).toMatchObject({ status: 204 });
    expect(await operator.deadLetter(letter.id)).toMatchObject({
      status: 'discarded',
      closedBy: 'admin',
      closedReason: 'the branch was closed',
    });
    const refused = await operator.replay(letter.id);
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'INVALID_TRANSITION']);
    expect(await system.client.operation(operation.id)).toMatchObject({ status: 'failed' });
    expect(await operator.audit({ customer })).toMatchObject([
      {
        actor: 'admin',
        action: 'dead_letter.discarded',
        target: { type: 'dead_letter', id: letter.id },
        details: { reason: 'the branch was closed', operationId: operation.id },
      },
    ]);
  });
});

describe("the broker's own Move messages", () => {
  it('from the dead-letter queue runs the operation again', async () => {
    const { operation, letter } = await deadLettered();
    await broker.moveMessages(DEAD, WORK);
    await until(async () => (await operator.deadLetter(letter.id)).status !== 'open');
    expect(await system.client.settled(operation.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await operator.deadLetter(letter.id)).toMatchObject({ status: 'replayed', closedBy: 'broker' });
    expect(await outcomes(operation.id)).toEqual(['failed', 'succeeded']);
    await expectOneSite();
    expect(await operator.audit({ customer })).toMatchObject([
      { actor: 'broker', action: 'dead_letter.replayed', target: { id: letter.id } },
    ]);
    await expectNextDone();
    expect(await broker.ready(DEAD)).toBe(0);
  });

  it('keeps the idempotency key, over any number of deaths', async () => {
    const { operation } = await deadLettered();
    const broken = await vendorFault(system.stack, account, ADD, { effect: 'status', status: 503 });
    await broker.moveMessages(DEAD, WORK);
    await broker.untilReady(DEAD, 1);
    const [message] = await broker.takeAll(DEAD);
    const [row] = await system.database.rows<{ key: string }>(
      `select idempotency_key as key from operation where id = $1`,
      [operation.id],
    );
    expect(message?.properties.headers).toMatchObject({
      [MessageHeader.operationId]: operation.id,
      [MessageHeader.idempotencyKey]: row?.key,
    });
    await broken.release();
  });

  it.each<[string, (letter: DeadLetter) => Promise<unknown>, string[]]>([
    ['a replay', (letter) => operator.replay(letter.id), ['failed', 'succeeded']],
    ['a discard', (letter) => operator.discard(letter.id, 'not needed'), ['failed']],
    [
      'a newer request',
      () => system.client.run('PUT', pathOf('paris'), { body: siteBody({ description: 'newer' }) }),
      ['failed'],
    ],
  ])('after %s has no effect', async (_what, act, expected) => {
    const { operation, letter } = await deadLettered();
    const [message] = await broker.takeAll(DEAD);
    await act(letter);
    const before = await system.client.settled(operation.id);
    const calls = await vendorCalls(system.stack, account);
    // Put back as it lay there: whoever moves it could be quicker than who clears it away.
    if (message === undefined) throw new Error('nothing was dead-lettered');
    broker.send(DEAD, message.content, message.properties);
    await broker.untilReady(DEAD, 1);
    await broker.moveMessages(DEAD, WORK);
    await expectNextDone();
    expect(await system.client.operation(operation.id)).toEqual(before);
    expect(await outcomes(operation.id)).toEqual(expected);
    expect(await vendorCalls(system.stack, account)).toEqual(calls);
    expect((await operator.deadLetter(letter.id)).status).not.toBe('open');
    expect(await broker.ready(DEAD)).toBe(0);
  });
});

/** The message of an operation that was never there. */
const released = () =>
  JSON.stringify({ operationId: randomUUID(), customerId: randomUUID(), releaseNo: 1, lane: 'site' });

describe('a message that is not ours', () => {
  it.each<[string, string, string | undefined, string]>([
    ['is not JSON', 'hello', SITE_CONVERGE, 'not_json'],
    ['is of an unknown type', released(), 'site.rename.v9', 'unknown_type'],
    ['has no type', released(), undefined, 'unknown_type'],
    ['holds something else', '{"operationId":"paris"}', SITE_CONVERGE, 'schema_refused'],
    ['is of an operation that nobody knows', released(), SITE_CONVERGE, 'unknown_operation'],
  ])('because it %s is dead-lettered once, and the next one is done', async (_why, content, type, reason) => {
    const open = () => operator.deadLetters({ reason: 'unreadable', status: 'open' });
    const known = new Set((await open()).map(({ id }) => id));
    broker.send(WORK, content, type === undefined ? {} : { type });
    await broker.untilReady(DEAD, 1);
    await expectNextDone();
    await broker.untilReady(DEAD, 1);
    const [letter, ...others] = (await open()).filter(({ id }) => !known.has(id));
    expect(others).toEqual([]);
    if (letter === undefined) throw new Error('it was not recorded');
    expect(letter).toMatchObject({
      queue: WORK,
      attempts: 0,
      seenCount: 1,
      error: { code: 'MESSAGE_REJECTED', details: { reason } },
    });
    expect(letter).not.toHaveProperty('operationId');
    const refused = await operator.replay(letter.id);
    expect([refused.status, problemOf(refused).code]).toEqual([409, 'INVALID_TRANSITION']);
    // Moved back it comes to the same end, as the same dead letter.
    await broker.moveMessages(DEAD, WORK);
    await broker.untilReady(DEAD, 1);
    expect(await operator.deadLetter(letter.id)).toEqual({
      ...letter,
      seenCount: 2,
      lastSeenAt: expect.any(String),
    });
  });
});
