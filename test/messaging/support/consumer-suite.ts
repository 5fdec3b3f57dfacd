import { afterEach, beforeEach, expect } from 'vitest';
import { BrokerFixture } from './broker-fixture.js';
import { startWorker, subscription, type Worker, type WorkerOptions, WORK } from './worker.js';

/** What a test of consumers works with; a new virtual host for each test. */
export interface ConsumerSuite {
  readonly broker: BrokerFixture;
  /** A service that is consuming already; stopped after the test. */
  consuming: (options?: Partial<WorkerOptions>) => Promise<Worker>;
}

/** Sets up and clears away around each test of the calling file, and fails on a rejection that nobody handled. */
export function consumerSuite(): ConsumerSuite {
  let broker: BrokerFixture | undefined;
  let workers: Worker[] = [];
  let rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  const theBroker = (): BrokerFixture => {
    if (!broker) throw new Error('only within a test');
    return broker;
  };

  beforeEach(async () => {
    rejections = [];
    process.on('unhandledRejection', onRejection);
    broker = await BrokerFixture.create();
  });
  afterEach(async () => {
    const stopping = workers;
    workers = [];
    await Promise.all(stopping.map((worker) => worker.stop()));
    await broker?.destroy();
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
  });

  return {
    get broker() {
      return theBroker();
    },
    consuming: async (options = {}) => {
      const worker = await startWorker({
        url: theBroker().url,
        subscriptions: [subscription()],
        ...options,
      });
      workers.push(worker);
      await theBroker().untilConsumers(WORK, options.subscriptions?.[0]?.slots ?? 1);
      return worker;
    },
  };
}
