import { laneQueues, workQueue } from '@app/contracts';
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

  it('for work are used as they are if only their delivery limit is another one', async () => {
    const queue = workQueue('older', 'site');
    const lane = laneQueues('older', 'site');
    for (const { name, arguments: wanted } of lane) {
      const older = name === queue ? { ...wanted, 'x-delivery-limit': 20 } : wanted;
      await broker.channel.assertQueue(name, { durable: true, arguments: older });
    }
    const worker = await startWorker({
      url: broker.url,
      queues: lane,
      subscriptions: [{ ...subscription(), queue }],
    });
    try {
      broker.sendJob(queue, 1);
      await expect.poll(() => worker.jobs.finished).toEqual([1]);
    } finally {
      await worker.stop();
    }
  });

  it.each([
    ['a work queue with other arguments', 1, {}],
    ['a work queue with another delivery limit and more', 1, { 'x-delivery-limit': 20 }],
    [
      'a dead-letter queue with another delivery limit',
      0,
      { 'x-overflow': 'reject-publish', 'x-delivery-limit': 20 },
    ],
  ])('%s keeps a service from starting', async (_name, index, others) => {
    const lane = laneQueues(`other-${Object.keys(others).length}`, 'site');
    const name = lane[index]?.name ?? '';
    await broker.channel.assertQueue(name, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', ...others },
    });
    const start = startWorker({ url: broker.url, queues: [...queues(), ...lane] });
    await expect(start).rejects.toThrow(QueueMismatch);
    await expect(start).rejects.toThrow(name);
  });
});
