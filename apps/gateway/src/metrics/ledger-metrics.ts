import { WorkerState, type Worker } from '@app/contracts';
import type { DeadLetters, OpenDeadLetters, WorkerQueries } from '@app/ledger';
import { metricsRegistry } from '@app/runtime';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Metric } from 'prom-client';
import { DEAD_LETTERS } from '../dead-letters/dead-letters.service.js';
import { WORKER_QUERIES } from '../workers/workers.service.js';
import { scrapedGauge, type Sample } from './scraped-gauge.js';

const WORKERS = 'sitewright_workers';
const DEAD_LETTERS_OPEN = 'sitewright_dead_letters_open';

/** What the ledger knows of the whole installation, on the gateway's `/metrics`. */
@Injectable()
export class LedgerMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly metrics: ReadonlyMap<string, Metric>;

  constructor(
    @Inject(WORKER_QUERIES) workers: WorkerQueries,
    @Inject(DEAD_LETTERS) deadLetters: Pick<DeadLetters, 'countOpen'>,
  ) {
    this.metrics = new Map<string, Metric>([
      [WORKERS, workersGauge(workers)],
      [DEAD_LETTERS_OPEN, deadLettersGauge(deadLetters)],
    ]);
  }

  /** The registry belongs to the process; of several gateways in one, the newest is the one that is scraped. */
  onModuleInit(): void {
    for (const [name, metric] of this.metrics) {
      metricsRegistry.removeSingleMetric(name);
      metricsRegistry.registerMetric(metric);
    }
  }

  onModuleDestroy(): void {
    for (const [name, metric] of this.metrics) {
      if (metricsRegistry.getSingleMetric(name) === metric) metricsRegistry.removeSingleMetric(name);
    }
  }
}

const workersGauge = (workers: WorkerQueries): Metric =>
  scrapedGauge({
    name: WORKERS,
    help: 'Workers that were seen lately, by state; `dead` ones fell silent without saying goodbye.',
    labelNames: ['app', 'state'],
    read: async () => workersByState(await workers.list()),
  });

const deadLettersGauge = (deadLetters: Pick<DeadLetters, 'countOpen'>): Metric =>
  scrapedGauge({
    name: DEAD_LETTERS_OPEN,
    help: 'Dead letters that wait for somebody to decide about them.',
    labelNames: ['vendor', 'lane', 'reason'],
    read: async () => (await deadLetters.countOpen()).map(openSample),
  });

const openSample = ({ count, ...labels }: OpenDeadLetters): Sample<'vendor' | 'lane' | 'reason'> => ({
  labels,
  value: count,
});

/** Every state of every app, the empty ones as 0: an alert on `dead` must see it go away. */
function workersByState(workers: readonly Worker[]): Sample<'app' | 'state'>[] {
  const apps = new Set(workers.map(({ app }) => app));
  return [...apps].flatMap((app) =>
    WorkerState.options.map((state) => ({
      labels: { app, state },
      value: workers.filter((worker) => worker.app === app && worker.state === state).length,
    })),
  );
}
