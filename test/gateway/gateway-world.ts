import { randomBytes } from 'node:crypto';
import { Operation, type OperationReleased } from '@app/contracts';
import {
  createDataSource,
  Database,
  DeviceWorkRepository,
  DueReleases,
  Outbox,
  Sealer,
  SiteWorkRepository,
  type DeviceClaim,
} from '@app/ledger';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { z } from 'zod';
import { AppModule } from '../../apps/gateway/src/app.module.js';
import { gatewayConfig } from '../../apps/gateway/src/config.js';
import { configureApp, NEST_OPTIONS } from '../../apps/gateway/src/configure-app.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { createTestDatabase, createTestVhost } from '../support/services.js';

const ADMIN_KEY = 'admin-key-of-the-gateway-tests';
const NOTHING = { add: 0, change: 0, remove: 0, replace: 0 };
const WORKER = { workerId: 'worker-1', leaseMs: 60_000, deadlineMs: 600_000 };

export interface Call {
  body?: unknown;
  key?: string;
  headers?: Record<string, string>;
}

/** The whole gateway, on a database and a virtual host of its own, and somebody who does its work. */
export async function openGateway() {
  const [testDatabase, vhost] = await Promise.all([createTestDatabase(), createTestVhost()]);
  const secretKey = randomBytes(32).toString('base64');
  const config = gatewayConfig({
    DATABASE_URL: testDatabase.url,
    AMQP_URL: vhost.url,
    SITEWRIGHT_SECRET_KEY: secretKey,
    SITEWRIGHT_ADMIN_KEY: ADMIN_KEY,
    SITEWRIGHT_SANDBOX: '1',
  });
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
    ...NEST_OPTIONS,
    logger: false,
    abortOnError: false,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const database = new Database(createDataSource(testDatabase.url, 4));
  const sealer = new Sealer([secretKey]);
  const outbox = new Outbox();
  const dueReleases = new DueReleases(database, outbox);
  const sites = new SiteWorkRepository(database, sealer, outbox, dueReleases);
  const rounds = new DeviceWorkRepository(database, sealer, outbox, dueReleases);

  const send = (method: string, path: string, { body, key = ADMIN_KEY, headers }: Call = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  /** The message that wakes a worker for an operation, once it is released. */
  async function wake(operationId: string): Promise<OperationReleased> {
    return waitFor(
      async () => {
        const [row] = await database.rows<OperationReleased>(
          `select id as "operationId", customer_id as "customerId", release_no as "releaseNo", lane
           from operation where id = $1 and status = 'pending' and released_at is not null`,
          [operationId],
        );
        return row;
      },
      { what: `the release of ${operationId}`, timeoutMs: 10_000 },
    );
  }

  const world = {
    app,
    url,
    database,
    rounds,
    send,
    wake,
    /** The answer as it came. */
    async call(method: string, path: string, options: Call = {}) {
      const response = await send(method, path, options);
      const text = await response.text();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      return { status: response.status, headers: response.headers, body };
    },
    /** The body of the answer, which has to fit a schema. */
    async read<T>(schema: z.ZodType<T>, path: string, options: Call = {}): Promise<T> {
      const { body } = await world.call('GET', path, options);
      return schema.parse(body);
    },
    operation: (id: string): Promise<Operation> => world.read(Operation, `/v1/operations/${id}`),
    /** Does an operation of a site. */
    async settleSite(operationId: string): Promise<void> {
      const claim = await sites.claim(await wake(operationId), WORKER);
      if (typeof claim === 'string') throw new Error(`the claim was refused: ${claim}`);
      await sites.applyStarted(claim);
      await sites.settle(claim, {
        status: 'succeeded',
        changes: NOTHING,
        outputs: { siteId: '7' },
        timings: {},
      });
    },
    async claimDevices(operationId: string, bulkSize = 1_000): Promise<DeviceClaim> {
      const claim = await rounds.claim(await wake(operationId), WORKER, () => bulkSize);
      if (typeof claim === 'string') throw new Error(`the claim was refused: ${claim}`);
      await rounds.roundStarted(claim);
      return claim;
    },
    /** Ends a round: the vendor refuses the named ones. */
    async settleDevices(claim: DeviceClaim, refused: readonly string[] = [], bulkSize = 1_000) {
      const error = { code: 'VENDOR_REJECTED', message: 'no', retryable: false } as const;
      return rounds.settle(
        claim,
        claim.devices.map(({ resourceId, name }) =>
          refused.includes(name)
            ? { resourceId, outcome: 'refused', error }
            : { resourceId, outcome: 'applied', outputs: {} },
        ),
        { bulkSize, mayGoOn: true },
      );
    },
    close: async () => {
      await app.close();
      await database.close();
      await vhost.remove();
      await testDatabase.drop();
    },
  };
  await waitFor(async () => (await send('GET', '/v1/customers')).ok, {
    what: 'the admin key',
    timeoutMs: 10_000,
  });
  return world;
}
export type GatewayWorld = Awaited<ReturnType<typeof openGateway>>;
