import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import { openEndToEnd, siteBody, vendorCalls, type EndToEnd } from './e2e-fixture.js';
import { openOwnStores, type OwnStores } from '../../sandbox/stack/own-stores.js';

const WAIT = { timeout: 45_000, interval: 200 };

describe('when a store is away', () => {
  let stores: OwnStores;
  let system: EndToEnd;
  let workers: ChildService[];
  beforeAll(async () => {
    stores = await openOwnStores();
    system = await openEndToEnd({
      stores,
      executors: 2,
      clockScale: 600,
      env: { SWEEP_EVERY_MS: '500', UNCLAIMED_MS: '5000' },
    });
    workers = [
      ...system.executors,
      await system.stack.startService('device-programmer'),
      await system.stack.startService('drift-scanner'),
    ];
  }, 120_000);
  afterAll(() => system.close());

  const readiness = () => Promise.all([system.gateway, ...workers].map((service) => service.health('ready')));
  const liveness = () => Promise.all([system.gateway, ...workers].map((service) => service.health('live')));
  const all = (status: number) => [system.gateway, ...workers].map(() => status);

  it('everything is ready while both are there', async () => {
    await expect.poll(readiness, WAIT).toEqual(all(200));
    expect(await liveness()).toEqual(all(200));
  });

  it('a broker that goes during a hundred requests costs none of them', async () => {
    for (let at = 0; at < 10; at += 1) {
      await system.client.addCustomer(`c-${at}`, { accountId: String(6000 + at), token: 'token' });
    }
    const paths = Array.from(
      { length: 100 },
      (_, at) => `/v1/customers/c-${at % 10}/sites/s-${Math.floor(at / 10)}`,
    );
    const put = (path: string) => system.client.call('PUT', path, { body: siteBody() });
    const early = paths.slice(0, 40).map(put);
    const stopping = stores.killBroker();
    const during = paths.slice(40, 70).map(put);
    await stopping;
    const answers = await Promise.all([...early, ...during, ...paths.slice(70).map(put)]);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(100);
    await expect.poll(readiness, WAIT).toEqual([200, ...workers.map(() => 503)]);
    expect(await liveness()).toEqual(all(200));
    const health = await fetch(`${system.gateway.url}/health/ready`);
    expect(JSON.stringify(await health.json())).toContain('degraded');

    await stores.startBroker();
    const ids = answers.map(({ headers }) => headers.get('location')?.split('/').at(-1) ?? '');
    const ended = await Promise.all(ids.map((id) => system.client.settled(id, 110_000)));
    expect(ended.map(({ status }) => status)).toEqual(ids.map(() => 'succeeded'));
    expect((await vendorCalls(system.stack)).operations['addIpsecIkeV2Site']?.calls).toBe(100);
    await expect.poll(readiness, WAIT).toEqual(all(200));
  }, 180_000);

  it('a broker that is killed with messages in it loses no request', async () => {
    const paths = Array.from(
      { length: 20 },
      (_, at) => `/v1/customers/c-${at % 10}/sites/s-${Math.floor(at / 10)}`,
    );
    const edits = await Promise.all(
      paths.map((path) =>
        system.client.submit('PUT', path, { body: siteBody({ description: 'after a crash' }) }),
      ),
    );
    await stores.killBroker();
    await stores.startBroker();
    const ended = await Promise.all(edits.map(({ id }) => system.client.settled(id, 60_000)));
    expect(ended.map(({ status }) => status)).toEqual(edits.map(() => 'succeeded'));
    await expect.poll(readiness, WAIT).toEqual(all(200));
  }, 120_000);

  it('without the database requests are told so, and everybody recovers without a restart', async () => {
    await stores.stopPostgres();
    await expect.poll(readiness, WAIT).toEqual(all(503));
    expect(await liveness()).toEqual(all(200));
    const path = '/v1/customers/c-0/sites/s-0';
    const refused = await system.client.call('PUT', path, { body: siteBody({ description: 'edited' }) });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect([refused.status, refused.body]).toMatchObject([503, { code: 'DATABASE_UNAVAILABLE' }]);

    await stores.startPostgres();
    await expect.poll(readiness, WAIT).toEqual(all(200));
    const edited = await system.client.run('PUT', path, { body: siteBody({ description: 'edited' }) });
    expect(edited).toMatchObject({ status: 'succeeded', action: 'update' });
  }, 120_000);

  it('SIGTERM ends readiness, lets the run in flight finish, and every service exits with 0', async () => {
    await system.stack.admin('POST', '/faults', {
      vendor: 'cato',
      account: '6001',
      operation: 'updateSiteGeneralDetails',
      effect: 'delay',
      delayMs: 3_000,
    });
    const edit = await system.client.submit('PUT', '/v1/customers/c-1/sites/s-0', {
      body: siteBody({ description: 'late' }),
    });
    await expect.poll(async () => (await system.client.operation(edit.id)).phase, WAIT).toBe('applying');
    const stopping = Promise.all(workers.map((service) => service.stop()));
    await expect.poll(readiness, { timeout: 2_000, interval: 20 }).toContain(503);
    expect(await system.client.operation(edit.id)).toMatchObject({ status: 'in_progress' });
    expect(await stopping).toEqual(workers.map(() => ({ code: 0, signal: null })));
    expect(await system.client.operation(edit.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await system.gateway.stop()).toEqual({ code: 0, signal: null });
  });
});
