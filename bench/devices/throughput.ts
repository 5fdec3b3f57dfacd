import { randomBytes } from 'node:crypto';
import amqplib from 'amqplib';
import { OperationReleased } from '@app/contracts';
import { newId } from '@app/runtime';
import { perMinute } from '../measure/statistics.js';
import { inParallel } from '../workload/in-parallel.js';
import { deviceSpec } from './bodies.js';
import type { DeviceSite, DeviceSystem } from './device-system.js';

const CLIENTS = 16;

export interface Throughput {
  devices: number;
  operations: number;
  durationMs: number;
  devicesPerMinute: number;
  calls: number;
  refused: number;
}

/** All devices of every site by one batch each. */
export async function measureBatches(
  system: DeviceSystem,
  sites: readonly DeviceSite[],
  { perSite, edition }: { perSite: number; edition: number },
): Promise<Throughput> {
  const put = Array.from({ length: perSite }, (_, index) => ({
    name: `d${index}`,
    ...deviceSpec(index, edition),
  }));
  return measure(system, sites.length * perSite, async (ids) => {
    await inParallel(sites, CLIENTS, async ({ account, site }) => {
      const path = `/v1/customers/${account}/sites/${site}/devices:batch`;
      ids.push((await system.client.submit('POST', path, { body: { put, delete: [] } })).id);
    });
  });
}

/** Single devices, one request each, all sites in turns. */
export async function measureSingles(
  system: DeviceSystem,
  sites: readonly DeviceSite[],
  { perSite, edition }: { perSite: number; edition: number },
): Promise<Throughput> {
  const items = Array.from({ length: perSite }, (_, index) =>
    sites.map((site) => ({ ...site, index })),
  ).flat();
  return measure(system, items.length, async (ids) => {
    await inParallel(items, CLIENTS, async ({ account, site, index }) => {
      const path = `/v1/customers/${account}/sites/${site}/devices/d${index}`;
      ids.push((await system.client.submit('PUT', path, { body: deviceSpec(index, edition) })).id);
    });
  });
}

async function measure(
  system: DeviceSystem,
  devices: number,
  submit: (ids: string[]) => Promise<void>,
): Promise<Throughput> {
  const before = await system.calls();
  const ids: string[] = [];
  const startedAt = performance.now();
  await submit(ids);
  await system.settled(ids);
  const durationMs = performance.now() - startedAt;
  const after = await system.calls();
  return {
    devices,
    operations: ids.length,
    durationMs,
    devicesPerMinute: perMinute(devices, durationMs),
    calls: after.accepted - before.accepted,
    refused: after.refused - before.refused,
  };
}

/** The same messages through the same broker with nothing of ours: published with confirms, consumed one by one. */
export async function measureRawMessages(amqpUrl: string, count: number): Promise<{ perMinute: number }> {
  const connection = await amqplib.connect(amqpUrl);
  try {
    const queue = `bench.raw.${randomBytes(4).toString('hex')}`;
    const publisher = await connection.createConfirmChannel();
    await publisher.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const consumer = await connection.createChannel();
    await consumer.prefetch(1);
    const body = Buffer.from(
      JSON.stringify({
        operationId: newId(),
        customerId: newId(),
        releaseNo: 1,
        lane: 'device',
      } satisfies OperationReleased),
    );
    const startedAt = performance.now();
    const consumed = new Promise<void>((resolve) => {
      let received = 0;
      void consumer.consume(queue, (message) => {
        if (message === null) return;
        consumer.ack(message);
        received += 1;
        if (received === count) resolve();
      });
    });
    for (let sent = 0; sent < count; sent += 200) {
      for (let index = sent; index < Math.min(sent + 200, count); index++) {
        publisher.sendToQueue(queue, body, { persistent: true, mandatory: true });
      }
      await publisher.waitForConfirms();
    }
    await consumed;
    const durationMs = performance.now() - startedAt;
    await publisher.deleteQueue(queue);
    return { perMinute: perMinute(count, durationMs) };
  } finally {
    await connection.close();
  }
}
