import { WorkerState, type BreakerState, type Worker } from '@app/contracts';
import type { Breaker, BreakerQueries, DeadLetters, OpenDeadLetters, WorkerQueries } from '@app/ledger';
import { metricsRegistry } from '@app/runtime';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Metric } from 'prom-client';
import { DEAD_LETTERS } from '../dead-letters/dead-letters.service.js';
import { BREAKER_QUERIES } from '../vendors/vendor-ports.js';
import { WORKER_QUERIES } from '../workers/workers.service.js';
import { scrapedGauge, type Sample } from './scraped-gauge.js';

const WORKERS = 'sitewright_workers';
const DEAD_LETTERS_OPEN = 'sitewright_dead_letters_open';
const BREAKER_STATE = 'sitewright_breaker_state';

/** What the ledger knows of the whole installation, on the gateway's `/metrics`. */
@Injectable()
export class LedgerMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly metrics: ReadonlyMap<string, Metric>;

  constructor(
    @Inject(WORKER_QUERIES) workers: WorkerQueries,
    @Inject(DEAD_LETTERS) deadLetters: Pick<DeadLetters, 'countOpen'>,
    @Inject(BREAKER_QUERIES) breakers: BreakerQueries,
  ) {
    this.metrics = new Map<string, Metric>([
      [WORKERS, workersGauge(workers)],
      [DEAD_LETTERS_OPEN, deadLettersGauge(deadLetters)],
      [BREAKER_STATE, breakersGauge(breakers)],
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

const breakersGauge = (breakers: BreakerQueries): Metric =>
  scrapedGauge({
    name: BREAKER_STATE,
    help: 'Circuit breakers of vendor accounts: 0 closed, 1 half open, 2 open. One that was not open lately is absent.',
    labelNames: ['vendor', 'account_id', 'family'],
    read: async () => worstOfEach(await breakers.breakers()),
  });

const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Customers may share an account, each with a breaker of its own. */
function worstOfEach(breakers: readonly Breaker[]): Sample<'vendor' | 'account_id' | 'family'>[] {
  const worst = new Map<string, Sample<'vendor' | 'account_id' | 'family'>>();
  for (const { vendor, accountId, family, state } of breakers) {
    const key = JSON.stringify([vendor, accountId, family]);
    const value = Math.max(worst.get(key)?.value ?? 0, BREAKER_VALUES[state]);
    worst.set(key, { labels: { vendor, account_id: accountId, family }, value });
  }
  return [...worst.values()];
}

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
