import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadQueueOf } from '@app/contracts';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { launcherConfig } from '../../sandbox/launcher/config.js';
import { Memory } from '../../sandbox/services/memory.js';
import { ensureRabbitmq } from '../../sandbox/services/rabbitmq.js';
import { phases, startWorker, subscription, WORK } from './support/worker.js';

const CONSUMERS = 60;
/** The name of the work queue; that of its dead-letter queue begins with it, and is written down before. */
const WRITTEN_DOWN = new RegExp(`${WORK}(?!\\.dead)`);
const WAIT = { timeout: 45_000, interval: 100 };

/** A broker that nobody else uses, and that a stop ends as a crash of its machine would. */
async function ownBroker() {
  const directory = mkdtempSync(join(tmpdir(), 'sitewright-broker-'));
  const memory = new Memory(join(directory, 'settings.json'));
  const { path } = launcherConfig();
  const start = () => ensureRabbitmq({ directory, path, memory, disposable: true });
  let broker = await start();
  onTestFinished(async () => {
    await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    url: broker.url,
    /** What it has written down of the names of queues. */
    names: () =>
      globSync(join(directory, 'data', '*', 'quorum', '*', 'names.dets'))
        .map((file) => readFileSync(file, 'latin1'))
        .join(),
    crash: async () => {
      await broker.stop();
      broker = await start();
    },
  };
}

async function depthOf(url: string, queue: string): Promise<number> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await connection.close();
  }
}

it('a crash of the broker makes no dead letter of a message that one of many consumers has in hand', async () => {
  const broker = await ownBroker();
  const worker = await startWorker({ url: broker.url, subscriptions: [subscription(CONSUMERS)] });
  onTestFinished(() => worker.stop());
  const finish = Promise.withResolvers<void>();
  onTestFinished(() => finish.resolve());
  worker.jobs.handler = () => finish.promise;
  await expect.poll(() => worker.broker.state.publish.phase, WAIT).toBe('connected');
  // A queue that the broker has not written down yet comes back from a crash empty, and without a leader for ever.
  await expect.poll(broker.names, WAIT).toMatch(WRITTEN_DOWN);
  await expect.poll(() => phases(worker), WAIT).toEqual(Array.from({ length: CONSUMERS }, () => 'consuming'));
  await worker.publisher.publish({ queue: WORK, type: 'job.v1', messageId: 'm1', body: { n: 1 } });
  await expect.poll(() => worker.jobs.started, WAIT).toEqual([1]);

  await broker.crash();
  const whereItIs = async () => ({
    started: worker.jobs.started,
    dead: await depthOf(broker.url, deadQueueOf(WORK)),
  });
  await expect.poll(whereItIs, WAIT).toEqual({ started: [1, 1], dead: 0 });
}, 120_000);
