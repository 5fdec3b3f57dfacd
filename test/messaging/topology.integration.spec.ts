import { laneQueues } from '@app/contracts';
import { QueueMismatch } from '@app/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerFixture } from './support/broker-fixture.js';
import { DEAD, queues, startWorker, subscription, WORK } from './support/worker.js';

let broker: BrokerFixture;
beforeAll(async () => {
  broker = await BrokerFixture.create();
});
afterAll(async () => {
  await broker.destroy();
});

describe('the queues', () => {
  it('have exactly the arguments that keep messages, as the broker sees them', async () => {
    const worker = await startWorker({ url: broker.url });
    try {
      // A misspelt argument is accepted and ignored: only what is in force counts.
      expect(await broker.manage('GET', `queues/${broker.vhost}/${WORK}`)).toMatchObject({
        type: 'quorum',
        durable: true,
        auto_delete: false,
        arguments: {
          'x-queue-type': 'quorum',
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': DEAD,
          'x-dead-letter-strategy': 'at-least-once',
          'x-overflow': 'reject-publish',
          'x-delivery-limit': 500,
        },
      });
      expect(await broker.manage('GET', `queues/${broker.vhost}/${DEAD}`)).toMatchObject({
        type: 'quorum',
        durable: true,
        arguments: {
          'x-queue-type': 'quorum',
          'x-overflow': 'reject-publish',
          'x-delivery-limit': 1_000_000,
        },
      });
    } finally {
      await worker.stop();
    }
  });

  it('can be declared by any number of processes', async () => {
    const workers = await Promise.all([startWorker({ url: broker.url }), startWorker({ url: broker.url })]);
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(await broker.ready(WORK)).toBe(0);
  });

  it('are used as they are if only their delivery limit is another one', async () => {
    const [dead, work] = laneQueues('older', 'site');
    if (!dead || !work) throw new Error('a lane has two queues');
    const older = { ...work.arguments, 'x-delivery-limit': 20 };
    await broker.channel.assertQueue(dead.name, { durable: true, arguments: dead.arguments });
    await broker.channel.assertQueue(work.name, { durable: true, arguments: older });
    const worker = await startWorker({
      url: broker.url,
      queues: [dead, work],
      subscriptions: [{ ...subscription(), queue: work.name }],
    });
    try {
      broker.sendJob(work.name, 1);
      await expect.poll(() => worker.jobs.finished).toEqual([1]);
    } finally {
      await worker.stop();
    }
  });

  it('with another delivery limit and more keep a service from starting', async () => {
    const [dead, work] = laneQueues('older-still', 'site');
    if (!dead || !work) throw new Error('a lane has two queues');
    const older = { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 };
    await broker.channel.assertQueue(work.name, { durable: true, arguments: older });
    await expect(startWorker({ url: broker.url, queues: [dead, work] })).rejects.toThrow(QueueMismatch);
  });

  it('that exist with other arguments keep a service from starting', async () => {
    const [dead, work] = laneQueues('other', 'site');
    if (!dead || !work) throw new Error('a lane has two queues');
    await broker.channel.assertQueue(work.name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const start = startWorker({ url: broker.url, queues: [...queues(), dead, work] });
    await expect(start).rejects.toThrow(QueueMismatch);
    await expect(start).rejects.toThrow(work.name);
  });
});
