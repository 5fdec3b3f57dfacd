import { type RunDefinition, runService, startService } from '@app/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrokerFixture, until } from './support/broker-fixture.js';
import { BrokerProxy } from './support/broker-proxy.js';
import { startWorker, subscription, type Worker, WORK, workerModule } from './support/worker.js';

let broker: BrokerFixture;
let proxy: BrokerProxy;
let worker: Worker | undefined;
beforeEach(async () => {
  broker = await BrokerFixture.create();
  proxy = await BrokerProxy.listen(broker.url);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await worker?.stop();
  worker = undefined;
  await proxy.close();
  await broker.destroy();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function ask(path: string): Promise<Answer> {
  const response = await fetch(`${worker?.url}${path}`);
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body };
}
const untilStatus = (path: string, status: number): Promise<void> =>
  until(async () => (await ask(path)).status === status);

describe('health', () => {
  it('states each check, and the details of the broker', async () => {
    worker = await startWorker({
      url: proxy.url,
      subscriptions: [subscription(2)],
      health: {
        database: async () => 1,
        details: { outbox: () => ({ depth: 0 }), breakers: () => new Promise(() => {}) },
      },
    });
    await untilStatus('/health/ready', 200);
    expect(await ask('/health/ready')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        details: {
          process: { status: 'up' },
          database: { status: 'up' },
          broker: {
            status: 'up',
            publishing: 'connected',
            consuming: 'connected',
            slots: 2,
            consumingSlots: 2,
          },
        },
      },
    });
    expect(await ask('/health/startup')).toMatchObject({ status: 200 });
    expect(await ask('/health/broker')).toMatchObject({
      status: 200,
      body: {
        publish: { phase: 'connected', isAvailable: true, inFlight: 0 },
        consume: { phase: 'connected' },
        subscriptions: [{ queue: WORK, slots: [{ phase: 'consuming' }, { phase: 'consuming' }] }],
        details: { outbox: { depth: 0 }, breakers: 'unknown' },
      },
    });
  });

  it.each<['down' | 'degraded', number, string]>([
    ['down', 503, 'error'],
    ['degraded', 200, 'degraded'],
  ])(
    'without the broker readiness is %s (%i) and liveness stays 200, until it is back',
    async (brokerAway, status, text) => {
      worker = await startWorker({ url: proxy.url, subscriptions: [subscription()], health: { brokerAway } });
      await until(async () => (await ask('/health/ready')).body['status'] === 'ok');
      await proxy.close();
      await until(async () => (await ask('/health/ready')).body['status'] === text);
      expect(await ask('/health/ready')).toMatchObject({
        status,
        body: { details: { broker: { status: brokerAway } } },
      });
      expect((await ask('/health/live')).status).toBe(200);
      await proxy.open();
      await until(async () => (await ask('/health/ready')).body['status'] === 'ok');
    },
  );

  it('a service that subscribes to nothing is ready when it is connected', async () => {
    worker = await startWorker({ url: proxy.url });
    await untilStatus('/health/ready', 200);
    expect(await ask('/health/ready')).toMatchObject({
      body: { details: { broker: { publishing: 'connected' } } },
    });
  });

  it('a service starts without its broker and is ready when the broker comes', async () => {
    await proxy.close();
    worker = await startWorker({ url: proxy.url, subscriptions: [subscription()] });
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/startup')).status).toBe(200);
    expect((await ask('/health/ready')).status).toBe(503);
    await proxy.open();
    await untilStatus('/health/ready', 200);
  });

  it('without the database readiness is 503 and says nothing of how it is reached', async () => {
    worker = await startWorker({
      url: proxy.url,
      health: {
        database: async () => {
          throw new Error('connect postgres://sw:hunter2@db failed');
        },
      },
    });
    const answer = await ask('/health/ready');
    expect(answer).toMatchObject({ status: 503, body: { details: { database: { status: 'down' } } } });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('a database that does not answer within a second is down, and is asked once in two', async () => {
    let asked = 0;
    worker = await startWorker({
      url: proxy.url,
      health: {
        database: () => {
          asked++;
          return new Promise(() => undefined);
        },
      },
    });
    const answers = await Promise.all([ask('/health/ready'), ask('/health/ready'), ask('/health/ready')]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(asked).toBe(1);
  });
});

describe('metrics', () => {
  it('count what was published, delivered and settled', async () => {
    worker = await startWorker({ url: proxy.url, subscriptions: [subscription()] });
    const { publisher, jobs } = worker;
    await until(() => publisher.isAvailable);
    await publisher.publish({ queue: WORK, type: 'job.v1', body: { n: 1 } });
    await publisher.publishAll([{ queue: 'no.such.queue', type: 'job.v1', body: {} }]);
    await until(() => jobs.finished.length === 1);
    const response = await fetch(`${worker.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toMatch(new RegExp(`sitewright_messages_published_total\\{queue="${WORK}"\\} [1-9]`));
    expect(text).toMatch(/sitewright_publish_failures_total\{kind="unroutable"\} [1-9]/);
    expect(text).toMatch(
      new RegExp(`sitewright_settlements_total\\{queue="${WORK}",settlement="ack"\\} [1-9]`),
    );
  });
});

const define = (port = 0): RunDefinition => ({
  module: workerModule({ url: proxy.url, subscriptions: [subscription()] }),
  host: '127.0.0.1',
  port,
  logLevel: 'silent',
});

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('that gets %s drains and exits with 0', async (signal) => {
    const codes: number[] = [];
    await runService(
      'worker',
      () => define(),
      (code) => codes.push(code),
    );
    await broker.untilConsumers(WORK, 1);
    process.emit(signal);
    await until(() => codes.length > 0);
    expect(codes).toEqual([0]);
    expect(await broker.consumers(WORK)).toBe(0);
  });

  it('that is told to stop while it starts stops once it has started', async () => {
    const codes: number[] = [];
    const starting = runService(
      'worker',
      () => define(),
      (code) => codes.push(code),
    );
    process.emit('SIGTERM');
    await starting;
    await until(() => codes.length > 0);
    expect(codes).toEqual([0]);
  });

  it('that stops sends clients of open connections elsewhere', async () => {
    const service = await startService({ ...define(), name: 'worker' });
    let connection: string | null = null;
    const askAgainAndAgain = async () => {
      for (;;) {
        const answer = await fetch(`${service.url}/health/live`);
        await answer.arrayBuffer();
        connection = answer.headers.get('connection');
      }
    };
    await Promise.all([
      expect(askAgainAndAgain()).rejects.toThrow('fetch failed'),
      until(() => connection === 'keep-alive').then(() => service.stop()),
    ]);
    expect(connection).toBe('close');
  });

  it('that cannot start says why in one line and exits with 1', async () => {
    let errors = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      errors += String(chunk);
      return true;
    });
    worker = await startWorker({ url: proxy.url });
    const port = Number(new URL(worker.url).port);
    const codes: number[] = [];
    await runService(
      'worker',
      () => define(port),
      (code) => codes.push(code),
    );
    expect(codes).toEqual([1]);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(errors).toContain('EADDRINUSE');
  });
});
