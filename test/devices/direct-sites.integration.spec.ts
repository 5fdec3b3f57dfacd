import type { Operation } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { remove } from '../ledger/ledger-fixture.js';
import { addCustomer, ended, openProgrammers, putSite, type Programmers } from './programmer-fixture.js';

const Networks = z.object({
  objects: z.object({ networks: z.array(z.looseObject({ id: z.string(), name: z.string() })) }),
});

const siteOf = (customer: string, over: Record<string, unknown> = {}) => ({
  customer,
  vendor: 'meraki',
  secrets: [],
  visible: {
    vendor: 'meraki',
    description: 'a shop',
    location: { countryCode: 'FR', timezone: 'Europe/Paris' },
    productTypes: ['appliance'],
    tags: [],
    ...over,
  },
});

describe('sites of a vendor without Terraform', () => {
  let world: Programmers;
  let accountId: string;
  let customer: string;
  let number = 0;

  beforeAll(async () => {
    world = await openProgrammers();
    await world.start({ SITEWRIGHT_SANDBOX_MERAKI_URL: world.vendor.urls['meraki'] ?? '' });
  });
  afterAll(() => world.close());

  beforeEach(async () => {
    number += 1;
    accountId = `org-${number}`;
    customer = `customer-${number}`;
    await world.vendor.steer('DELETE', '/faults');
    await addCustomer(world, customer, accountId, 'meraki');
  });

  const put = (over: Record<string, unknown> = {}): Promise<Operation> =>
    putSite(world.ledger, siteOf(customer, over));
  const networks = async () =>
    Networks.parse(await world.vendor.steer('GET', `/objects?vendor=meraki&account=${accountId}`)).objects
      .networks;
  const fault = (effect: Record<string, unknown>) =>
    world.vendor.steer('POST', '/faults', {
      vendor: 'meraki',
      account: accountId,
      operation: '*',
      ...effect,
    });

  it('are created, changed and removed by its own API', async () => {
    const created = await ended(world, await put());
    expect(created).toMatchObject({
      status: 'succeeded',
      changes: { add: 1, change: 0, remove: 0 },
      attempt: 1,
    });
    expect(await networks()).toMatchObject([{ name: `${customer}-paris` }]);
    const changed = await ended(world, await put({ tags: ['shops'] }));
    expect(changed).toMatchObject({ status: 'succeeded', changes: { add: 0, change: 1, remove: 0 } });
    expect(await networks()).toHaveLength(1);
    const removed = await ended(world, await remove(world.ledger, 'paris', customer));
    expect(removed).toMatchObject({ status: 'succeeded', changes: { add: 0, change: 0, remove: 1 } });
    expect(await networks()).toEqual([]);
  });

  it('whose answer was lost are found again', async () => {
    await fault({ effect: 'reset_after', operation: 'createOrganizationNetwork', nth: 1 });
    expect(await ended(world, await put())).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect(await networks()).toHaveLength(1);
  });

  it('wait for a vendor that is down, and spend no tries', async () => {
    await fault({ effect: 'status', status: 503 });
    const operation = await put();
    await waitFor(async () => ((await world.breakers.breakers())[0]?.failedProbes ?? 0) >= 2, {
      what: 'probes',
      timeoutMs: 20_000,
    });
    expect((await world.ledger.operations.get(operation.id, undefined)).status).not.toBe('failed');
    await world.vendor.steer('DELETE', '/faults');
    expect(await ended(world, operation, 5_000)).toMatchObject({ status: 'succeeded' });
    const [row] = await world.ledger.database.rows<{ tries: number }>(
      `select attempt - ladder_start as tries from operation where id = $1`,
      [operation.id],
    );
    expect(row?.tries).toBeLessThanOrEqual(4);
    expect(await networks()).toHaveLength(1);
  });
});

it('a site whose call was cut off is left alone until that call can have taken effect', async () => {
  const world = await openProgrammers();
  try {
    await world.start(
      { SITEWRIGHT_SANDBOX_MERAKI_URL: world.vendor.urls['meraki'] ?? '' },
      { RUN_DEADLINE_MS: '1000', VENDOR_SETTLE_MS: '60000' },
    );
    await addCustomer(world, 'acme', 'org-1', 'meraki');
    const hang = { operation: 'createOrganizationNetwork', effect: 'hang_after', nth: 1 };
    await world.vendor.steer('POST', '/faults', { vendor: 'meraki', account: 'org-1', ...hang });
    const operation = await putSite(world.ledger, siteOf('acme'));
    const settling = await waitFor(
      async () => {
        const [site] = await world.ledger.database.rows<{ seconds: number | null }>(
          `select extract(epoch from r.settles_at - now())::float8 as seconds
           from resource r join operation o on o.resource_id = r.id where o.id = $1 and o.waiting_for = 'retry'`,
          [operation.id],
        );
        return site;
      },
      { what: 'the end of the first run', timeoutMs: 20_000 },
    );
    expect(settling.seconds).toBeGreaterThan(30);
  } finally {
    await world.close();
  }
});
