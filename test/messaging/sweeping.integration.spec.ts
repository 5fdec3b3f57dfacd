import { createHash } from 'node:crypto';
import { type DeadMessage, type DeadMessageJudge, QueueMissing, SweepInterrupted } from '@app/runtime';
import { describe, expect, it } from 'vitest';
import { until } from './support/broker-fixture.js';
import { BrokerProxy } from './support/broker-proxy.js';
import { consumerSuite } from './support/consumer-suite.js';
import { DEAD, WORK } from './support/worker.js';

const suite = consumerSuite();
const OPERATION = '01890000-0000-7000-8000-000000000001';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const numberOf = ({ messageId }: DeadMessage): number => Number(messageId?.slice(1));
const keepAll: DeadMessageJudge = async (messages) => messages.map(() => 'keep');
const removeAll: DeadMessageJudge = async (messages) => messages.map(() => 'remove');
const removeOdd: DeadMessageJudge = async (messages) =>
  messages.map((message) => (numberOf(message) % 2 === 1 ? 'remove' : 'keep'));

/** A service that consumes nothing while dead letters wait. */
async function withDeadLetters(count: number, url = suite.broker.url) {
  const worker = await suite.consuming({ url });
  await worker.server.drain(0);
  await suite.broker.untilConsumers(WORK, 0);
  for (let n = 0; n < count; n++) suite.broker.sendJob(DEAD, n);
  await suite.broker.untilReady(DEAD, count);
  return worker.broker;
}

async function waitingIn(queue: string): Promise<number[]> {
  const messages = await suite.broker.takeAll(queue);
  return messages.map(({ content }) => JSON.parse(content.toString()).n);
}

const numbers = (count: number, step = 1, from = 0): number[] =>
  Array.from({ length: Math.ceil((count - from) / step) }, (_, index) => from + index * step);

describe('a sweep of a dead-letter queue', () => {
  it('tells of each message what it is and why it died', async () => {
    const worker = await suite.consuming();
    worker.jobs.handler = () => {
      throw new TypeError('a bug');
    };
    suite.broker.sendJob(WORK, 1, { headers: { 'x-sw-operation-id': OPERATION, 'x-sw-release-no': 4 } });
    await suite.broker.untilReady(DEAD, 1);
    suite.broker.send(DEAD, 'by hand', {
      headers: { 'x-sw-operation-id': "'; drop table", 'x-sw-release-no': '4', 'x-death': ['x'] },
    });
    await suite.broker.untilReady(DEAD, 2);
    const seen: DeadMessage[] = [];
    await worker.broker.sweepDeadQueue(DEAD, async (messages) => {
      seen.push(...messages);
      return messages.map(() => 'keep');
    });
    expect(seen).toEqual([
      {
        queue: DEAD,
        type: 'job.v1',
        messageId: 'm1',
        operationId: OPERATION,
        releaseNo: 4,
        contentHash: sha256('{"n":1}'),
        death: { queue: WORK, reason: 'rejected' },
      },
      {
        queue: DEAD,
        type: '',
        messageId: undefined,
        operationId: undefined,
        releaseNo: undefined,
        contentHash: sha256('by hand'),
        death: undefined,
      },
    ]);
    await suite.broker.untilReady(DEAD, 2);
  });

  it.each([0, 1, 50, 1_300])(
    'removes what is to be removed of %i; the rest stays, in order',
    async (count) => {
      const broker = await withDeadLetters(count);
      const report = await broker.sweepDeadQueue(DEAD, removeOdd);
      const kept = numbers(count, 2);
      expect(report).toEqual({ waiting: count, judged: count, removed: count - kept.length });
      await suite.broker.untilReady(DEAD, kept.length);
      expect(await suite.broker.consumers(DEAD)).toBe(0);
      expect(await waitingIn(DEAD)).toEqual(kept);
    },
  );

  it('judges by the batch, and each message once', async () => {
    const broker = await withDeadLetters(1_200);
    const batches: number[] = [];
    const seen = new Set<number>();
    await broker.sweepDeadQueue(DEAD, async (messages) => {
      batches.push(messages.length);
      for (const message of messages) seen.add(numberOf(message));
      return messages.map(() => 'keep');
    });
    expect(batches).toEqual([500, 500, 200]);
    expect(seen.size).toBe(1_200);
  });

  it('sees the oldest of a queue that is longer than its bound', async () => {
    const broker = await withDeadLetters(30);
    const report = await broker.sweepDeadQueue(DEAD, removeOdd, { maxHeld: 10 });
    expect(report).toEqual({ waiting: 30, judged: 10, removed: 5 });
    await suite.broker.untilReady(DEAD, 25);
    const left = await waitingIn(DEAD);
    expect(left.toSorted((a, b) => a - b)).toEqual([...numbers(10, 2), ...numbers(30, 1, 10)]);
  });

  it('leaves messages where they are, however often it comes', async () => {
    const broker = await withDeadLetters(20);
    for (let round = 0; round < 40; round++) await broker.sweepDeadQueue(DEAD, keepAll);
    await suite.broker.untilReady(DEAD, 20);
    expect(await waitingIn(DEAD)).toEqual(numbers(20));
  });

  it('of a queue that is missing says so', async () => {
    const broker = await withDeadLetters(0);
    await expect(broker.sweepDeadQueue('sitewright.none.site.dead', keepAll)).rejects.toThrow(QueueMissing);
    expect(broker.state.publish.phase).toBe('connected');
  });

  it.each<[string, DeadMessageJudge]>([
    ['fails', () => Promise.reject(new Error('the database is away'))],
    ['forgets one', async (messages) => messages.slice(1).map(() => 'remove')],
  ])('whose judge %s removes nothing', async (_name, judge) => {
    const broker = await withDeadLetters(10);
    await expect(broker.sweepDeadQueue(DEAD, judge)).rejects.toThrow(/away|one verdict per/);
    await suite.broker.untilReady(DEAD, 10);
    expect(await waitingIn(DEAD)).toEqual(numbers(10));
  });

  it('that is aborted ends early', async () => {
    const broker = await withDeadLetters(1_200);
    const stop = new AbortController();
    const report = await broker.sweepDeadQueue(
      DEAD,
      async (messages) => {
        stop.abort();
        return messages.map(() => 'remove');
      },
      { signal: stop.signal },
    );
    expect(report).toEqual({ waiting: 1_200, judged: 500, removed: 500 });
    await suite.broker.untilReady(DEAD, 700);
  });

  it.each<[string, (proxy: BrokerProxy) => unknown]>([
    ['breaks', (proxy) => proxy.cut()],
    ['is closed by an operator', () => suite.broker.channel.deleteQueue(DEAD)],
  ])('whose connection %s in the middle is told so', async (_name, disturb) => {
    const proxy = await BrokerProxy.listen(suite.broker.url);
    const broker = await withDeadLetters(10, proxy.url);
    const sweep = broker.sweepDeadQueue(DEAD, async (messages) => {
      await disturb(proxy);
      return messages.map(() => 'remove');
    });
    await expect(sweep).rejects.toThrow(/interrupted|no queue/);
    await proxy.close();
  });

  it('that breaks keeps what it had not removed', async () => {
    const proxy = await BrokerProxy.listen(suite.broker.url);
    const broker = await withDeadLetters(10, proxy.url);
    const sweep = broker.sweepDeadQueue(DEAD, async (messages) => {
      proxy.cut();
      return messages.map(() => 'remove');
    });
    await expect(sweep).rejects.toThrow(SweepInterrupted);
    await suite.broker.untilReady(DEAD, 10);
    // The next one finds a broker again.
    await until(() => broker.state.publish.phase === 'connected');
    await broker.sweepDeadQueue(DEAD, removeAll);
    await suite.broker.untilReady(DEAD, 0);
    await proxy.close();
  });

  it('at the same time as another removes nothing that is to stay', async () => {
    const broker = await withDeadLetters(600);
    const reports = await Promise.all([
      broker.sweepDeadQueue(DEAD, removeOdd),
      broker.sweepDeadQueue(DEAD, removeOdd),
    ]);
    expect(reports.reduce((sum, { removed }) => sum + removed, 0)).toBeLessThanOrEqual(300);
    await broker.sweepDeadQueue(DEAD, removeOdd);
    await suite.broker.untilReady(DEAD, 300);
    expect((await waitingIn(DEAD)).toSorted((a, b) => a - b)).toEqual(numbers(600, 2));
  });

  it('at the same time as "Move messages" loses nothing', async () => {
    const broker = await withDeadLetters(400);
    await suite.broker.startMove(DEAD, WORK);
    const reports = await Promise.all([
      broker.sweepDeadQueue(DEAD, removeOdd),
      broker.sweepDeadQueue(DEAD, keepAll),
    ]);
    const left = 400 - reports.reduce((sum, { removed }) => sum + removed, 0);
    // A move that counted what a sweep then removed waits for that many later ones: it is done when nothing is left to move.
    await until(async () => {
      const moved = await suite.broker.ready(WORK);
      const waiting = await suite.broker.ready(DEAD);
      return moved + waiting === left && (waiting === 0 || !(await suite.broker.moving(DEAD)));
    });
    await suite.broker.endMove(DEAD);
    const found = [...(await waitingIn(DEAD)), ...(await waitingIn(WORK))];
    expect(found).toHaveLength(left);
    expect(new Set(found).size).toBe(left);
    expect(numbers(400, 2).filter((n) => !found.includes(n))).toEqual([]);
  });

  it('moves on after the move of what it kept', async () => {
    const broker = await withDeadLetters(5);
    await broker.sweepDeadQueue(DEAD, removeOdd);
    await suite.broker.untilReady(DEAD, 3);
    await suite.broker.moveMessages(DEAD, WORK);
    expect(await waitingIn(WORK)).toEqual([0, 2, 4]);
  });
});
