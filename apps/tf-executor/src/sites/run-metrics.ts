import type { OperationAction, OperationTimings } from '@app/contracts';
import { metricsRegistry } from '@app/runtime';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metricsRegistry];

const running = new Gauge({
  name: 'sitewright_runs_running',
  help: 'Terraform runs under way in this process.',
  labelNames: ['vendor'] as const,
  registers,
});

const ended = new Counter({
  name: 'sitewright_runs_total',
  help: 'Terraform runs by how they ended; a deferred one is tried again.',
  labelNames: ['vendor', 'action', 'outcome'] as const,
  registers,
});

const stages = new Histogram({
  name: 'sitewright_run_stage_seconds',
  help: 'Time of a run by stage: getting Terraform to speak, planning, applying.',
  labelNames: ['vendor', 'stage'] as const,
  buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 180, 600, 1800],
  registers,
});

export interface RunFacts {
  vendor: string;
  action: OperationAction;
}

export const runStarted = ({ vendor }: RunFacts): void => running.inc({ vendor });

export function runEnded({ vendor, action }: RunFacts, outcome: string, timings: OperationTimings): void {
  running.dec({ vendor });
  ended.inc({ vendor, action, outcome });
  for (const stage of ['init', 'plan', 'apply'] as const) {
    const ms = timings[`${stage}Ms`];
    if (ms !== undefined) stages.observe({ vendor, stage }, ms / 1000);
  }
}
