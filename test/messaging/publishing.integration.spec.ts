import {
  ChannelLost,
  ConfirmTimeout,
  Nacked,
  NotConnected,
  PublishingBlocked,
  type OutgoingMessage,
  Unroutable,
  Unsendable,
} from '@app/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrokerFixture, until } from './support/broker-fixture.js';
import { BrokerProxy } from './support/broker-proxy.js';
import { startWorker, type Worker, WORK } from './support/worker.js';

let broker: BrokerFixture;
let proxy: BrokerProxy;
let worker: Worker;
beforeEach(async () => {
  broker = await BrokerFixture.create();
  proxy = await BrokerProxy.listen(broker.url);
  worker = await startWorker({ url: proxy.url, confirmTimeoutMs: 500 });
  await until(() => worker.publisher.isAvailable);
});
afterEach(async () => {
  await worker.stop();
  await proxy.close();
  await broker.destroy();
});

const job = (n: number, queue = WORK): OutgoingMessage => ({ queue, type: 'job.v1', body: { n } });

describe('publishing', () => {
  it('resolves when the message is in the queue, persistent and complete', async () => {
    await worker.publisher.publish({
      ...job(1),
      messageId: 'm1',
      correlationId: 'c1',
      headers: { 'x-sw-release-no': 2 },
    });
    const [message] = await broker.takeAll(WORK);
    expect(message?.content.toString()).toBe('{"n":1}');
    expect(message?.properties).toMatchObject({
      type: 'job.v1',
      messageId: 'm1',
      correlationId: 'c1',
      appId: 'worker',
      contentType: 'application/json',
      deliveryMode: 2,
      headers: { 'x-sw-release-no': 2 },
    });
  });

  it('to a queue that does not exist is an error, and its neighbours are not', async () => {
    const verdicts = await worker.publisher.publishAll([job(1), job(2, 'no.such.queue'), job(3)]);
    expect(verdicts).toEqual([
      { isConfirmed: true },
      { isConfirmed: false, error: expect.any(Unroutable) },
      { isConfirmed: true },
    ]);
    await expect(worker.publisher.publish(job(4, 'no.such.queue'))).rejects.toThrow(Unroutable);
    expect(await broker.takeAll(WORK)).toHaveLength(2);
  });

  it('to a full queue is an error once the broker says so', async () => {
    await broker.manage('PUT', `policies/${broker.vhost}/full`, {
      pattern: '.*',
      definition: { 'max-length': 5 },
      'apply-to': 'queues',
    });
    let failure: unknown;
    await until(async () => {
      failure = await worker.publisher.publish(job(0)).then(
        () => undefined,
        (error: unknown) => error,
      );
      return failure !== undefined;
    });
    expect(failure).toBeInstanceOf(Nacked);
  });

  it('what cannot be encoded is refused alone', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const verdicts = await worker.publisher.publishAll([{ ...job(1), body: cyclic }, job(2)]);
    expect(verdicts).toEqual([{ isConfirmed: false, error: expect.any(Unsendable) }, { isConfirmed: true }]);
  });

  it('keeps at most 200 messages in flight', async () => {
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, worker.publisher.state.inFlight)), 1);
    const all = worker.publisher.publishAll(Array.from({ length: 2_000 }, (_, n) => job(n)));
    most = Math.max(most, worker.publisher.state.inFlight);
    const verdicts = await all;
    clearInterval(watch);
    expect(verdicts.filter(({ isConfirmed }) => isConfirmed)).toHaveLength(2_000);
    expect(most).toBe(200);
    expect(worker.publisher.state.inFlight).toBe(0);
    expect(worker.publisher.state.lastConfirmAt).toBeDefined();
  });

  it('without a connection fails at once, keeps nothing, and works again when the broker is back', async () => {
    await proxy.close();
    await until(() => !worker.publisher.isAvailable);
    const startedAt = performance.now();
    const verdicts = await worker.publisher.publishAll(Array.from({ length: 500 }, (_, n) => job(n)));
    expect(performance.now() - startedAt).toBeLessThan(200);
    expect(verdicts.every((verdict) => !verdict.isConfirmed && verdict.error instanceof NotConnected)).toBe(
      true,
    );
    const isBack = new Promise<void>((resolve) => worker.publisher.once('available', resolve));
    await proxy.open();
    await isBack;
    expect(await broker.ready(WORK)).toBe(0);
    await worker.publisher.publish(job(1));
  });

  it('a connection lost before the confirm is an error for every message in flight', async () => {
    proxy.mute(true);
    const all = worker.publisher.publishAll([job(1), job(2), job(3)]);
    await until(() => worker.publisher.state.inFlight === 3);
    proxy.cut();
    const verdicts = await all;
    expect(verdicts.every((verdict) => !verdict.isConfirmed && verdict.error instanceof ChannelLost)).toBe(
      true,
    );
    proxy.mute(false);
  });

  it('a confirm that does not come is an error after the timeout, and one that comes late harms nobody', async () => {
    proxy.mute(true);
    await expect(worker.publisher.publish(job(1))).rejects.toThrow(ConfirmTimeout);
    proxy.mute(false);
    await worker.publisher.publish(job(2));
    expect(await broker.takeAll(WORK)).toHaveLength(2);
  });

  it('to a broker that blocks fails at once instead of hanging, until the broker takes messages again', async () => {
    proxy.block('low on memory');
    await until(() => worker.broker.state.publish.blocked !== undefined);
    await expect(worker.publisher.publish(job(1))).rejects.toThrow(PublishingBlocked);
    expect(worker.publisher.state.isAvailable).toBe(false);
    const isBack = new Promise<void>((resolve) => worker.publisher.once('available', resolve));
    proxy.unblock();
    await isBack;
    await worker.publisher.publish(job(2));
  });

  it('ends its wait when the caller gives up', async () => {
    proxy.mute(true);
    const controller = new AbortController();
    const sending = worker.publisher.publish(job(1), controller.signal);
    await until(() => worker.publisher.state.inFlight === 1);
    controller.abort(new Error('no longer wanted'));
    await expect(sending).rejects.toThrow('no longer wanted');
    proxy.mute(false);
  });

  it('what was sent before a stop is confirmed before the connection closes', async () => {
    const sending = worker.publisher.publishAll(Array.from({ length: 100 }, (_, n) => job(n)));
    await worker.stop();
    expect((await sending).every(({ isConfirmed }) => isConfirmed)).toBe(true);
  });
});
