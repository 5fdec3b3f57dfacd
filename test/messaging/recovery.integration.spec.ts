import { afterEach, describe, expect, it, vi } from 'vitest';
import { until } from './support/broker-fixture.js';
import { consumerSuite } from './support/consumer-suite.js';
import { BrokerProxy } from './support/broker-proxy.js';
import { breakNextAck } from './support/channel-faults.js';
import { DEAD, gateJobs, queues, subscription, WORK } from './support/worker.js';

const suite = consumerSuite();
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a slot', () => {
  it('whose channel the broker closed serves the next job', async () => {
    const worker = await suite.consuming();
    breakNextAck(suite.broker.channel);
    suite.broker.sendJob(WORK, 1);
    suite.broker.sendJob(WORK, 2);
    // The first is delivered again, because its ack was not understood.
    await until(() => worker.jobs.finished.length === 3);
    expect(worker.jobs.finished).toEqual([1, 1, 2]);
    expect(worker.jobs.mostAtOnce).toBe(1);
    await worker.stop();
    expect(await suite.broker.ready(WORK)).toBe(0);
  });

  it('that lost its connection with a job running waits for that job before it takes another', async () => {
    const proxy = await BrokerProxy.listen(suite.broker.url);
    const worker = await suite.consuming({ url: proxy.url });
    const gates = gateJobs(worker);
    suite.broker.sendJob(WORK, 1);
    await until(() => gates.has(1));
    proxy.cut();
    // The broker has taken the message back, and the connection is there again.
    await suite.broker.untilReady(WORK, 1);
    await until(() => worker.broker.state.consume?.phase === 'connected');
    await until(() => worker.server.state[0]?.slots[0]?.phase === 'finishing');
    expect(await suite.broker.consumers(WORK)).toBe(0);
    expect(worker.jobs.started).toEqual([1]);
    // The verdict comes too late and is dropped; the copy that is delivered next is settled.
    gates.get(1)?.();
    await until(() => worker.jobs.started.length === 2);
    expect(worker.jobs.started).toEqual([1, 1]);
    gates.get(1)?.();
    await until(() => worker.jobs.finished.length === 2);
    expect(worker.jobs.mostAtOnce).toBe(1);
    await worker.stop();
    await proxy.close();
    expect(await suite.broker.ready(WORK)).toBe(0);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it.each([
    ['that somebody declares again', true],
    ['that nobody declares again but the service', false],
  ])('of a deleted queue %s consumes again', async (_name, isDeclaredByHand) => {
    const worker = await suite.consuming();
    await suite.broker.channel.deleteQueue(WORK);
    await until(() => worker.server.state[0]?.slots[0]?.phase !== 'consuming');
    if (isDeclaredByHand) {
      const work = queues().find(({ name }) => name === WORK);
      await suite.broker.channel.assertQueue(WORK, { durable: true, arguments: work?.arguments });
    }
    await until(() => worker.server.state[0]?.slots[0]?.phase === 'consuming');
    suite.broker.sendJob(WORK, 1);
    await until(() => worker.jobs.finished.length === 1);
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });

  it('of a queue that is deleted under a running job drops the verdict and goes on', async () => {
    const worker = await suite.consuming();
    const gates = gateJobs(worker);
    suite.broker.sendJob(WORK, 1);
    await until(() => gates.has(1));
    await suite.broker.channel.deleteQueue(WORK);
    await until(() => worker.server.state[0]?.slots[0]?.phase === 'finishing');
    gates.get(1)?.();
    await until(() => worker.server.state[0]?.slots[0]?.phase === 'consuming');
    suite.broker.sendJob(WORK, 2);
    await until(() => gates.has(2));
    gates.get(2)?.();
    await until(() => worker.jobs.finished.length === 2);
    expect(worker.jobs.mostAtOnce).toBe(1);
  });
});

describe('connections closed from the broker’s side', () => {
  it('while publishing and consuming lose nothing, and no slot runs two jobs at once', async () => {
    const total = 400;
    const slots = 4;
    const worker = await suite.consuming({ subscriptions: [subscription(slots)] });
    await suite.broker.untilListed('worker:publish');
    await suite.broker.untilListed('worker:consume');
    const handled = new Set<number>();
    worker.jobs.handler = async (n) => {
      await new Promise((resolve) => setImmediate(resolve));
      handled.add(n);
    };

    // As an outbox relay does it: what is not confirmed is sent again.
    let unsent = Array.from({ length: total }, (_, n) => n);
    let closed = 0;
    while (unsent.length > 0) {
      const batch = unsent.slice(0, 40);
      const verdicts = await worker.publisher.publishAll(
        batch.map((n) => ({ queue: WORK, type: 'job.v1', body: { n }, messageId: `m${n}-${unsent.length}` })),
      );
      const failed = batch.filter((_, index) => verdicts[index]?.isConfirmed !== true);
      unsent = [...failed, ...unsent.slice(40)];
      if (closed < 2 && unsent.length <= total / 2) closed += await suite.broker.closeConnections('worker:');
      if (failed.length > 0) await until(() => worker.publisher.isAvailable);
    }
    expect(closed).toBeGreaterThanOrEqual(2);
    await until(() => handled.size === total);
    expect(worker.jobs.mostAtOnce).toBeLessThanOrEqual(slots);
    await worker.stop();
    expect(await suite.broker.ready(DEAD)).toBe(0);
  });
});
