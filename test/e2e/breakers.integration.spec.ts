import { BreakersRepository, Outbox } from '@app/ledger';
import { isFinal } from '@app/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { openBreakersAt } from '../support/health.js';
import { openEndToEnd, siteBody, vendorFault, vendorObjects, type EndToEnd } from './e2e-fixture.js';

describe('a vendor that is down', () => {
  let system: EndToEnd;
  beforeAll(async () => {
    system = await openEndToEnd({
      executors: 2,
      // Probes are calls too: the minute of the vendor's limits passes in six seconds.
      env: { SWEEP_EVERY_MS: '100', SITEWRIGHT_CLOCK_SCALE: '10' },
      executorEnv: {
        RETRY_MAX_TRIES: '2',
        RETRY_FIRST_WAIT_MS: '50',
        RETRY_LONGEST_WAIT_MS: '50',
        BREAKER_CALLS: '3',
        BREAKER_PROBE_MS: '500',
        BREAKER_LONGEST_PROBE_MS: '1000',
      },
    });
  });
  afterAll(() => system.close());

  it('fails no run of Terraform, however long it is down, and holds up no other account', async () => {
    const { client, stack, database } = system;
    const breakers = new BreakersRepository(database, new Outbox());
    await client.addCustomer('acme', { accountId: '7100', token: 'token' });
    await client.addCustomer('globex', { accountId: '7101', token: 'token' });
    const fault = await vendorFault(stack, '7100', '*', { effect: 'status', status: 503 });
    const names = ['paris', 'lyon', 'nice', 'lille'];
    const waiting = await Promise.all(
      names.map((name) => client.submit('PUT', `/v1/customers/acme/sites/${name}`, { body: siteBody() })),
    );
    await waitFor(async () => ((await breakers.breakers())[0]?.failedProbes ?? 0) >= 2, {
      what: 'probes that fail',
      timeoutMs: 40_000,
    });
    expect(await breakers.breakers()).toMatchObject([{ accountId: '7100', family: 'sites' }]);
    for (const { url } of [system.gateway, ...system.executors]) {
      expect(await openBreakersAt(url)).toMatchObject([{ accountId: '7100', family: 'sites' }]);
    }
    const other = await client.run('PUT', '/v1/customers/globex/sites/rome', { body: siteBody() });
    expect(other.status).toBe('succeeded');
    const still = await Promise.all(waiting.map(({ id }) => client.operation(id)));
    expect(still.filter(({ status }) => isFinal(status))).toEqual([]);
    expect(still.some(({ queue }) => queue?.waitingFor === 'breaker')).toBe(true);
    await fault.release();
    const done = await Promise.all(waiting.map(({ id }) => client.settled(id)));
    expect(done.map(({ status }) => status)).toEqual(names.map(() => 'succeeded'));
    const { sites } = await vendorObjects(stack, '7100');
    expect(sites.map(({ name }) => name).toSorted()).toEqual(names.map((name) => `acme-${name}`).toSorted());
    const [breaker] = await breakers.breakers();
    expect(breaker).toMatchObject({ state: 'closed', probeAt: null });
  });
});
