import { metricsRegistry } from '@app/runtime';
import { Counter, Gauge, Histogram } from 'prom-client';

const registers = [metricsRegistry];

const running = new Gauge({
  name: 'sitewright_device_rounds_running',
  help: 'Rounds over the devices of a site that are under way in this process.',
  labelNames: ['vendor'] as const,
  registers,
});

const rounds = new Counter({
  name: 'sitewright_device_rounds_total',
  help: 'Rounds over the devices of a site by how they ended; what was deferred is tried again.',
  labelNames: ['vendor', 'outcome'] as const,
  registers,
});

const devices = new Counter({
  name: 'sitewright_devices_total',
  help: 'Devices by what the vendor made of them.',
  labelNames: ['vendor', 'outcome'] as const,
  registers,
});

const seconds = new Histogram({
  name: 'sitewright_device_round_seconds',
  help: 'Time of a round, from its first call to the vendor to the record of what came of it.',
  labelNames: ['vendor'] as const,
  buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 180, 600],
  registers,
});

export const roundStarted = (vendor: string): void => running.inc({ vendor });

/** @param outcome `settled`, or the reason for which it was put off */
export function roundEnded(vendor: string, outcome: string, durationMs: number): void {
  running.dec({ vendor });
  rounds.inc({ vendor, outcome });
  seconds.observe({ vendor }, durationMs / 1000);
}

export const devicesSettled = (vendor: string, applied: number, refused: number): void => {
  devices.inc({ vendor, outcome: 'applied' }, applied);
  devices.inc({ vendor, outcome: 'refused' }, refused);
};
