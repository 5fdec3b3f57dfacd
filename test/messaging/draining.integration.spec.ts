import { AppError } from '@app/runtime';
import { describe, expect, it } from 'vitest';
import { until } from './support/broker-fixture.js';
import { consumerSuite } from './support/consumer-suite.js';
import { BrokerProxy } from './support/broker-proxy.js';
import { DEAD, gateJobs, phases, subscription, WORK } from './support/worker.js';

const suite = consumerSuite();

class DatabaseAway extends AppError {
  readonly code = 'DATABASE_UNAVAILABLE';
  constructor() {
    super('the database does not answer', { retryable: true });
  }
}

describe('while the database is away', () => {
  it('deliveries are held, consumers paused, and all goes on when it is back', async () => {
    const worker = await suite.consuming({ subscriptions: [subscription(3)] });
    let isAway = true;
    worker.jobs.handler = () => {
      if (isAway) throw new DatabaseAway();
    };
    for (let n = 0; n < 50; n++) suite.broker.sendJob(WORK, n);
    await until(() => phases(worker).every((phase) => phase === 'held' || phase === 'finishing'));
    expect(worker.server.isHolding).toBe(true);
    // At most one delivery per slot is taken, and none is given back or dead-lettered while this lasts.
    const attempts = worker.jobs.started.length;
    await until(() => worker.jobs.started.length > attempts + 1);
    expect(new Set(worker.jobs.started).size).toBeLessThanOrEqual(3);
    expect(await suite.broker.ready(DEAD)).toBe(0);
    isAway = false;
    await until(() => worker.jobs.finished.length === 50);
    await suite.broker.untilConsumers(WORK, 3);
    expect(new Set(worker.jobs.finished).size).toBe(50);
    expect(worker.server.isHolding).toBe(false);
    expect(worker.jobs.mostAtOnce).toBeLessThanOrEqual(3);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('a slot that pauses with a job running takes no second one beside it', async () => {
    const worker = await suite.consuming({ subscriptions: [subscription(2)] });
    let isAway = true;
    const gates = gateJobs(worker);
    const gated = worker.jobs.handler;
    worker.jobs.handler = (n, context) => {
      if (n === 1) return gated(n, context);
      if (isAway) throw new DatabaseAway();
      return undefined;
    };
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.running === 1);
    suite.broker.sendJob(WORK, 2);
    await until(() => !phases(worker).includes('consuming'));
    suite.broker.sendJob(WORK, 3);
    isAway = false;
    // The slot that held goes on; the one with the long job does not consume yet.
    await until(() => worker.jobs.finished.includes(3));
    expect(phases(worker).toSorted()).toEqual(['consuming', 'finishing']);
    gates.get(1)?.();
    await until(() => phases(worker).every((phase) => phase === 'consuming'));
    expect(new Set(worker.jobs.finished)).toEqual(new Set([1, 2, 3]));
  });

  it('a delivery that was held for too long is given back, once', async () => {
    const worker = await suite.consuming({ holdLimitMs: 1 });
    let giveBacks = 0;
    worker.jobs.handler = (_n, { redelivered }) => {
      if (redelivered) return;
      giveBacks++;
      throw new DatabaseAway();
    };
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.finished.length === 1);
    expect(giveBacks).toBe(2);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('a drain gives held deliveries back at once', async () => {
    const worker = await suite.consuming();
    worker.jobs.handler = () => {
      throw new DatabaseAway();
    };
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.server.isHolding);
    await worker.stop();
    await suite.broker.untilReady(WORK, 1);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });
});

describe('a drain', () => {
  it('stops consuming, turns readiness off, lets the running job finish and acks it', async () => {
    const worker = await suite.consuming();
    const gates = gateJobs(worker);
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.running === 1);
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);

    const stopped = worker.stop();
    await until(() => phases(worker)[0] === 'finishing');
    suite.broker.sendJob(WORK, 2);
    const ready = await fetch(`${worker.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      details: { process: { status: 'down', message: 'draining' } },
    });
    expect((await fetch(`${worker.url}/health/live`)).status).toBe(200);
    expect(worker.jobs.running).toBe(1);

    gates.get(1)?.();
    await stopped;
    expect(worker.jobs.finished).toEqual([1]);
    await suite.broker.untilReady(WORK, 1);
    expect((await suite.broker.takeAll(WORK)).map(({ content }) => content.toString())).toEqual(['{"n":2}']);
  });

  it('gives back what was delivered but not started', async () => {
    const proxy = await BrokerProxy.listen(suite.broker.url);
    const worker = await suite.consuming({ url: proxy.url });
    // The broker does not hear that the consumer is cancelled, and delivers to it.
    proxy.deafen(true);
    const stopped = worker.stop();
    suite.broker.sendJob(WORK, 1);
    await until(async () => (await suite.broker.ready(WORK)) === 0);
    proxy.deafen(false);
    await stopped;
    await suite.broker.untilReady(WORK, 1);
    expect(worker.jobs.started).toEqual([]);
    await proxy.close();
  });

  it('tells jobs to stop at the end of the grace, and gives back those that fail for it', async () => {
    const worker = await suite.consuming({ subscriptions: [subscription(2)], drainGraceMs: 50 });
    worker.jobs.handler = (n, { signal }) =>
      new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => (n === 1 ? resolve() : reject(new Error('stopped'))));
      });
    suite.broker.sendJob(WORK, 1);
    suite.broker.sendJob(WORK, 2);
    await until(() => worker.jobs.running === 2);
    expect(await worker.broker.drain()).toMatchObject({ outcome: 'interrupted' });
    await worker.stop();
    await suite.broker.untilReady(WORK, 1);
    expect((await suite.broker.takeAll(WORK)).map(({ content }) => content.toString())).toEqual(['{"n":2}']);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('a second request to stop shortens the grace', async () => {
    const worker = await suite.consuming({ drainGraceMs: 60_000 });
    worker.jobs.handler = (_n, { signal }) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.running === 1);
    const stopped = worker.stop();
    await until(() => phases(worker)[0] === 'finishing');
    expect(worker.jobs.running).toBe(1);
    await worker.stop();
    await stopped;
    expect(worker.jobs.finished).toEqual([1]);
    expect(await suite.broker.ready(WORK)).toBe(0);
  });

  it('does not wait for ever for a job that does not stop', async () => {
    const worker = await suite.consuming({ drainGraceMs: 10, interruptLimitMs: 10 });
    const gates = gateJobs(worker);
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.running === 1);
    expect(await worker.broker.drain()).toMatchObject({ outcome: 'abandoned' });
    await worker.stop();
    await suite.broker.untilReady(WORK, 1);
    gates.get(1)?.();
  });
});
