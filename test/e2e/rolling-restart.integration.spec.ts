import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { openEndToEnd, siteBody, vendorObjects, type EndToEnd } from './e2e-fixture.js';
import { OperatorCalls } from './operator-calls.js';

const ACCOUNT = '9001';
const ROUNDS = 2;

/** What `GET /health/ready` said while a process went (undefined: nothing), and how it ended. */
interface Departure {
  readiness: (number | undefined)[];
  end: { code: number | null; signal: NodeJS.Signals | null };
}

async function watchedStop(service: ChildService): Promise<Departure> {
  const readiness: (number | undefined)[] = [];
  service.signal('SIGTERM');
  while (service.isRunning) {
    readiness.push(await service.health('ready'));
    await sleep(20);
  }
  return { readiness, end: await service.stop() };
}

describe('a rolling restart of everything under load', () => {
  let system: EndToEnd;
  let gateways: ChildService[];
  let others: ChildService[];
  /** Ids of accepted operations by the site that they are for. */
  const accepted = new Map<string, string>();
  const departures: Departure[] = [];
  let turn = 0;

  const clientOf = ({ url }: ChildService) => new GatewayClient(url, system.stack.adminKey);

  /** What a client behind a load balancer does: asks the next gateway until one has answered. */
  async function persistently<T>(ask: (client: GatewayClient) => Promise<T>): Promise<T> {
    for (;;) {
      turn += 1;
      const gateway = gateways[turn % gateways.length];
      try {
        if (gateway === undefined) throw new Error('there is no gateway');
        return await ask(clientOf(gateway));
      } catch (error) {
        // Nothing but a connection that was refused or cut is worth another try.
        if (!(error instanceof TypeError)) throw error;
        await sleep(20);
      }
    }
  }

  /** One site after the other, until it is told to end. */
  async function load(name: string, signal: AbortSignal): Promise<void> {
    for (let at = 0; !signal.aborted; at += 1) {
      const site = `${name}-${at}`;
      const { id } = await persistently((client) =>
        client.submit('PUT', `/v1/customers/acme/sites/${site}`, {
          body: siteBody(),
          headers: { 'idempotency-key': site },
        }),
      );
      accepted.set(site, id);
      await persistently((client) => client.settled(id, 60_000));
    }
  }

  /** Replaces each of them, one after the other. */
  async function replaceAll(services: ChildService[]): Promise<void> {
    for (const [index, service] of services.entries()) {
      const [departure, next] = await Promise.all([
        watchedStop(service),
        system.stack.startService(service.options.app),
      ]);
      departures.push(departure);
      services[index] = next;
    }
  }

  beforeAll(async () => {
    system = await openEndToEnd({ executors: 2, clockScale: 600 });
    const [{ service: second }, programmer, scanner] = await Promise.all([
      system.stack.startGateway(),
      system.stack.startService('device-programmer'),
      system.stack.startService('drift-scanner'),
    ]);
    gateways = [system.gateway, second];
    others = [...system.executors, programmer, scanner];
    await system.client.addCustomer('acme', { accountId: ACCOUNT, token: 'token' });
    const ending = new AbortController();
    const loading = Promise.all(['a', 'b', 'c'].map((name) => load(name, ending.signal)));
    for (let round = 0; round < ROUNDS; round += 1) {
      await replaceAll(gateways);
      await replaceAll(others);
    }
    ending.abort();
    await loading;
  }, 180_000);
  afterAll(() => system.close());

  it('no process is ready again once it goes, and each exits with 0', () => {
    expect(departures.map(({ end }) => end)).toEqual(
      Array.from({ length: ROUNDS * (gateways.length + others.length) }, () => ({ code: 0, signal: null })),
    );
    for (const { readiness } of departures) {
      const notReady = readiness.slice(readiness.findIndex((status) => status !== 200));
      expect(notReady.length).toBeGreaterThan(0);
      expect(notReady.filter((status) => status !== 503 && status !== undefined)).toEqual([]);
    }
    // Those that had work in hand were asked while they finished it.
    expect(departures.some(({ readiness }) => readiness.includes(503))).toBe(true);
  });

  it('no request is refused or lost, and each is done once', async () => {
    const [gateway] = gateways;
    if (gateway === undefined) throw new Error('there is no gateway');
    const client = clientOf(gateway);
    const ended = await Promise.all([...accepted.values()].map((id) => client.settled(id, 60_000)));
    expect(ended.length).toBeGreaterThan(departures.length);
    expect(ended.map(({ status, error }) => [status, error])).toEqual(
      ended.map(() => ['succeeded', undefined]),
    );
    const { sites } = await vendorObjects(system.stack, ACCOUNT);
    expect(sites.map(({ name }) => name).toSorted()).toEqual(
      [...accepted.keys()].map((site) => `acme-${site}`).toSorted(),
    );
    expect(await new OperatorCalls(client).deadLetters()).toEqual([]);
    const left = await system.database.rows(
      `select 1 from operation where status not in ('succeeded') or lease_until is not null
       union all select 1 from state_lock union all select 1 from outbox`,
    );
    expect(left).toEqual([]);
  });
});
