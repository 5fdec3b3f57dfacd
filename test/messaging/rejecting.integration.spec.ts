import { createHash } from 'node:crypto';
import { MessageRejected, type RejectedDelivery, SweepInterrupted } from '@app/runtime';
import type { Options } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { until } from './support/broker-fixture.js';
import { consumerSuite } from './support/consumer-suite.js';
import { nestedTable } from './support/raw-message.js';
import { DEAD, queues, WORK } from './support/worker.js';

const suite = consumerSuite();
const sha256 = (content: Buffer): Buffer => createHash('sha256').update(content).digest();
const MEGABYTE = 1024 * 1024;

/** Sends one message, then a good one; tells what became of the first. */
async function whatBecomesOf(content: Buffer, { type = 'job.v1', ...options }: Options.Publish = {}) {
  const rejections: RejectedDelivery[] = [];
  const worker = await suite.consuming({ rejected: (rejection) => void rejections.push(rejection) });
  suite.broker.send(WORK, content, { ...options, ...(type !== '' && { type }) });
  suite.broker.sendJob(WORK, 2);
  await until(() => worker.jobs.finished.includes(2));
  await suite.broker.untilReady(DEAD, 1);
  const started = [...worker.jobs.started];
  await worker.stop();
  expect(await suite.broker.ready(WORK)).toBe(0);
  const dead = await suite.broker.takeAll(DEAD);
  return { rejections, started, dead };
}

describe('a message that nobody here can read', () => {
  it.each<[string, string | Buffer, Options.Publish, string]>([
    ['is not JSON', '{', {}, 'not_json'],
    ['is empty', '', {}, 'not_json'],
    ['is 5 MB of garbage', Buffer.alloc(5 * MEGABYTE, 'garbage'), {}, 'not_json'],
    ['is no UTF-8, though JSON otherwise', Buffer.from('{"n":1,"x":"\xff"}', 'latin1'), {}, 'not_json'],
    ['nests too deep to be anything', '['.repeat(MEGABYTE), {}, 'not_json'],
    ['is an array', '[{"n":1}]', {}, 'schema_refused'],
    ['is a number', '1', {}, 'schema_refused'],
    ['is a text', '"n"', {}, 'schema_refused'],
    ['is null', 'null', {}, 'schema_refused'],
    ['has a value of another type', '{"n":"one"}', {}, 'schema_refused'],
    ['names the prototype', '{"__proto__":{"n":1}}', {}, 'schema_refused'],
    ['is of an unknown type', '{"n":1}', { type: 'job.v2' }, 'unknown_type'],
    ['has no type', '{"n":1}', { type: '' }, 'unknown_type'],
    ['has a type that is a property of every object', '{"n":1}', { type: 'constructor' }, 'unknown_type'],
  ])('and that %s goes to the dead queue once, with its reason', async (_name, body, options, reason) => {
    const content = typeof body === 'string' ? Buffer.from(body) : body;
    const { rejections, started, dead } = await whatBecomesOf(content, { messageId: 'foreign', ...options });
    expect(started).toEqual([2]);
    expect(rejections).toMatchObject([
      { queue: WORK, messageId: 'foreign', reason: { code: 'MESSAGE_REJECTED', details: { reason } } },
    ]);
    expect(rejections[0]?.contentHash).toEqual(sha256(content));
    expect(dead).toHaveLength(1);
    expect(dead[0]?.content.equals(content)).toBe(true);
  });

  it('is reported in words that a database can hold', async () => {
    const { rejections } = await whatBecomesOf(Buffer.from('{}'), {
      type: 'job\u0000\u001b[2J',
      messageId: 'm\u0000',
      correlationId: '\u0000',
    });
    expect(rejections).toMatchObject([
      {
        type: 'job\uFFFD\uFFFD[2J',
        messageId: 'm\uFFFD',
        correlationId: '\uFFFD',
        reason: { details: { type: 'job\uFFFD\uFFFD[2J' } },
      },
    ]);
  });
});

describe('headers of a stranger', () => {
  it.each<[string, Record<string, unknown>]>([
    ['are huge', { big: 'x'.repeat(60_000) }],
    ['are nested', { a: { b: [{ c: { d: [1, null, true, { e: 'f' }] } }] } }],
    [
      'have ids that are no texts',
      { 'x-sw-operation-id': { a: 1 }, 'x-sw-release-no': 'one', 'x-sw-attempt': [1] },
    ],
    ['have a release number out of range', { 'x-sw-release-no': 2 ** 53, 'x-sw-attempt': -1 }],
    ['say that it was dead-lettered, as a text', { 'x-death': WORK }],
    ['say that it was delivered before', { 'x-delivery-count': 'often' }],
  ])('that %s do no harm', async (_name, headers) => {
    const { rejections, dead } = await whatBecomesOf(Buffer.from('{'), { headers });
    expect(rejections).toHaveLength(1);
    expect(dead).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['texts', ['a', 'b']],
    ['nothing', []],
    ['an empty table', [{}]],
    ['values of other types', [{ queue: 5, reason: { a: 1 }, count: 'x', exchange: [] }]],
  ])('with a forged history of %s do not stop the broker from dead-lettering', async (_name, deaths) => {
    // Rejected as it is, such a message makes RabbitMQ 3.10 stop to dead-letter on the whole node.
    const { rejections, dead } = await whatBecomesOf(Buffer.from('{'), {
      type: 'x'.repeat(255),
      correlationId: 'c1',
      headers: {
        'x-death': deaths,
        'x-sw-operation-id': '01890000-0000-7000-8000-000000000001',
        'x-sw-release-no': 3,
        other: 'a stranger’s',
      },
    });
    expect(rejections).toHaveLength(1);
    expect(dead.map(({ content }) => content.toString())).toEqual(['{']);
    expect(dead[0]?.properties.correlationId).toBe('c1');
    expect(dead[0]?.properties.headers).not.toHaveProperty('x-death');
    expect(dead[0]?.properties.headers).not.toHaveProperty('other');
    expect(dead[0]?.properties.headers).toMatchObject({
      'x-sw-operation-id': '01890000-0000-7000-8000-000000000001',
      'x-sw-release-no': 3,
    });
    const worker = await suite.consuming();
    suite.broker.send(WORK, 'not JSON either', { type: 'job.v1' });
    await suite.broker.untilReady(DEAD, 1);
    await worker.stop();
  });

  it('nested deeper than they can be decoded end in the dead queue by the delivery limit', async () => {
    // Each delivery costs a connection, so that one with the real limit would take five minutes.
    const shortLived = queues().map(({ name, arguments: limits }) => ({
      name,
      arguments: name === WORK ? { ...limits, 'x-delivery-limit': 2 } : limits,
    }));
    const worker = await suite.consuming({ queues: shortLived });
    suite.broker.sendRaw(WORK, nestedTable(10_000), '{}');
    await suite.broker.untilReady(DEAD, 1);
    suite.broker.sendJob(WORK, 2);
    await until(() => worker.jobs.finished.includes(2));
    expect(worker.jobs.started).toEqual([2]);
    await expect(worker.broker.sweepDeadQueue(DEAD, async () => [])).rejects.toThrow(SweepInterrupted);
    expect(worker.broker.state.publish.phase).toBe('connected');
  });
});

describe('a message whose operation does not exist', () => {
  it('is dead-lettered when its handler says so', async () => {
    const rejections: RejectedDelivery[] = [];
    const worker = await suite.consuming({ rejected: (rejection) => void rejections.push(rejection) });
    worker.jobs.handler = () => {
      throw new MessageRejected('unknown_operation');
    };
    suite.broker.sendJob(WORK, 1);
    await suite.broker.untilReady(DEAD, 1);
    expect(rejections).toMatchObject([
      { type: 'job.v1', reason: { code: 'MESSAGE_REJECTED', details: { reason: 'unknown_operation' } } },
    ]);
    expect(worker.jobs.started).toEqual([1]);
  });
});

describe('a hook that records rejected messages', () => {
  it.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('the database is away');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the database is away'))],
    ['never ends', () => new Promise<void>(() => undefined)],
  ])('and %s does not keep a message from the dead queue', async (_name, rejected) => {
    await suite.consuming({ rejected });
    suite.broker.send(WORK, '{', { type: 'job.v1' });
    await suite.broker.untilReady(DEAD, 1);
    expect(await suite.broker.ready(WORK)).toBe(0);
  });
});
