import { Counter } from 'prom-client';
import { metricsRegistry } from '../metrics/registry.js';

const registers = [metricsRegistry];

export const publishedTotal = new Counter({
  name: 'sitewright_messages_published_total',
  help: 'Messages that the broker confirmed.',
  labelNames: ['queue'] as const,
  registers,
});

export const publishFailuresTotal = new Counter({
  name: 'sitewright_publish_failures_total',
  help: 'Messages that the broker did not confirm, by kind.',
  labelNames: ['kind'] as const,
  registers,
});

export const deliveriesTotal = new Counter({
  name: 'sitewright_deliveries_total',
  help: 'Messages delivered to this process, by whether they had been delivered before.',
  labelNames: ['queue', 'redelivered'] as const,
  registers,
});

export const settlementsTotal = new Counter({
  name: 'sitewright_settlements_total',
  help: 'Deliveries settled; `dropped` are those whose channel was gone before the verdict.',
  labelNames: ['queue', 'settlement'] as const,
  registers,
});

export const channelClosuresTotal = new Counter({
  name: 'sitewright_channel_closures_total',
  help: 'Channels and consumers that the broker closed, by reply code (`cancelled` for a consumer).',
  labelNames: ['role', 'code'] as const,
  registers,
});

export const connectionLossesTotal = new Counter({
  name: 'sitewright_broker_connection_losses_total',
  help: 'Broker connections that were lost, by role.',
  labelNames: ['role'] as const,
  registers,
});
