import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { until } from './support/broker-fixture.js';
import { consumerSuite } from './support/consumer-suite.js';
import {
  DEAD,
  JobsConsumer,
  SecondJobsConsumer,
  startWorker,
  subscription,
  type WorkerOptions,
  WORK,
} from './support/worker.js';

const suite = consumerSuite();

describe('a delivery', () => {
  it('reaches the handler with its payload and its facts, and is gone when the handler returns', async () => {
    const worker = await suite.consuming();
    const seen: Record<string, unknown>[] = [];
    worker.jobs.handler = (_n, { queue, type, messageId, correlationId, headers, redelivered, isReplay }) => {
      seen.push({ queue, type, messageId, correlationId, headers, redelivered, isReplay });
    };
    suite.broker.sendJob(WORK, 7, { correlationId: 'c1', headers: { 'x-sw-release-no': 3 } });
    await until(() => worker.jobs.finished.length === 1);
    expect(seen).toEqual([
      {
        queue: WORK,
        type: 'job.v1',
        messageId: 'm7',
        correlationId: 'c1',
        headers: { 'x-sw-release-no': 3 },
        redelivered: false,
        isReplay: false,
      },
    ]);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('keys that the schema does not know are ignored, so that versions can differ', async () => {
    const worker = await suite.consuming();
    suite.broker.send(WORK, JSON.stringify({ n: 1, addedLater: true }), { type: 'job.v1' });
    await until(() => worker.jobs.finished.length === 1);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('a bug');
      },
    ],
    ['returns an Observable that fails', () => throwError(() => new TypeError('a bug'))],
  ])('whose handler %s is dead-lettered once, and the next is served', async (_name, fail) => {
    const worker = await suite.consuming();
    worker.jobs.handler = (n) => (n === 1 ? fail() : of(n));
    suite.broker.sendJob(WORK, 1);
    suite.broker.sendJob(WORK, 2);
    await suite.broker.untilReady(DEAD, 1);
    await until(() => worker.jobs.finished.includes(2));
    expect(worker.jobs.started).toEqual([1, 2]);
  });
});

describe('slots', () => {
  it('are as many jobs at a time as asked, and no more', async () => {
    const worker = await suite.consuming({ subscriptions: [subscription(3)] });
    const gates: (() => void)[] = [];
    worker.jobs.handler = () => new Promise<void>((resolve) => gates.push(resolve));
    for (let n = 0; n < 9; n++) suite.broker.sendJob(WORK, n);
    for (let round = 0; round < 3; round++) {
      await until(() => gates.length === 3);
      expect(worker.jobs.running).toBe(3);
      for (const open of gates.splice(0)) open();
    }
    await until(() => worker.jobs.finished.length === 9);
    expect(worker.jobs.mostAtOnce).toBe(3);
  });
});

describe('a service whose handlers do not fit its queues does not start', () => {
  it.each<[string, Partial<WorkerOptions>, RegExp]>([
    ['no handler', { controllers: [] }, /has no handler for job\.v1/],
    ['two handlers', { controllers: [JobsConsumer, SecondJobsConsumer] }, /job\.v1 has 2 handlers/],
  ])('%s for a pattern', async (_name, options, expected) => {
    await expect(
      startWorker({ url: suite.broker.url, subscriptions: [subscription()], ...options }),
    ).rejects.toThrow(expected);
  });
});
