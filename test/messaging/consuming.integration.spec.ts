import { type RejectedDelivery } from '@app/runtime';
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

  it.each<[string, string, string | undefined, string]>([
    ['not JSON', '{', 'job.v1', 'not_json'],
    ['of an unknown type', '{"n":1}', 'job.v2', 'unknown_type'],
    ['without type', '{"n":1}', undefined, 'unknown_type'],
    ['refused by the schema', '{"n":"one"}', 'job.v1', 'schema_refused'],
  ])('that is %s goes to the dead queue once and never loops', async (_name, content, type, reason) => {
    const rejections: RejectedDelivery[] = [];
    const worker = await suite.consuming({ rejected: (rejection) => void rejections.push(rejection) });
    suite.broker.send(WORK, content, { messageId: 'foreign', ...(type && { type }) });
    suite.broker.sendJob(WORK, 2);
    await suite.broker.untilReady(DEAD, 1);
    await until(() => worker.jobs.finished.includes(2));
    expect(worker.jobs.started).toEqual([2]);
    expect(rejections).toMatchObject([
      { queue: WORK, messageId: 'foreign', reason: { code: 'MESSAGE_REJECTED', details: { reason } } },
    ]);
    const [dead] = await suite.broker.takeAll(DEAD);
    expect(dead?.content.toString()).toBe(content);
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

  it('a failing hook does not keep a message from the dead queue', async () => {
    await suite.consuming({
      rejected: () => {
        throw new Error('the database is away');
      },
    });
    suite.broker.send(WORK, '{', { type: 'job.v1' });
    await suite.broker.untilReady(DEAD, 1);
    expect(await suite.broker.ready(WORK)).toBe(0);
  });

  it('that an operator moves back from the dead queue is recognised as a replay, with all it had', async () => {
    const worker = await suite.consuming();
    const replays: unknown[] = [];
    worker.jobs.handler = (n, { isReplay, messageId, headers }) => {
      if (!isReplay) throw new TypeError('a bug');
      replays.push([n, messageId, headers['x-sw-idempotency-key']]);
    };
    for (const n of [1, 2, 3])
      suite.broker.sendJob(WORK, n, { headers: { 'x-sw-idempotency-key': `k${n}` } });
    await suite.broker.untilReady(DEAD, 3);
    await suite.broker.moveMessages(DEAD, WORK);
    await until(() => replays.length === 3);
    expect(replays).toEqual([
      [1, 'm1', 'k1'],
      [2, 'm2', 'k2'],
      [3, 'm3', 'k3'],
    ]);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
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
