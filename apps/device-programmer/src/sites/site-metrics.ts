import type { OperationAction } from '@app/contracts';
import { metricsRegistry } from '@app/runtime';
import { Counter, Gauge } from 'prom-client';

const registers = [metricsRegistry];

const running = new Gauge({
  name: 'sitewright_direct_runs_running',
  help: 'Sites that are converged by their vendor’s API in this process.',
  labelNames: ['vendor'] as const,
  registers,
});

const ended = new Counter({
  name: 'sitewright_direct_runs_total',
  help: 'Convergences of sites by their vendor’s API by how they ended; a deferred one is tried again.',
  labelNames: ['vendor', 'action', 'outcome'] as const,
  registers,
});

interface RunFacts {
  vendor: string;
  action: OperationAction;
}

export const siteRunStarted = ({ vendor }: RunFacts): void => running.inc({ vendor });

export function siteRunEnded({ vendor, action }: RunFacts, outcome: string): void {
  running.dec({ vendor });
  ended.inc({ vendor, action, outcome });
}
