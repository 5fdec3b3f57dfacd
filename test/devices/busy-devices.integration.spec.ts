import type { Operation } from '@app/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitFor } from '../../sandbox/services/wait-for.js';
import {
  addCustomer,
  ended,
  openProgrammers,
  operationOf,
  putSite,
  requester,
  type Programmers,
} from './programmer-fixture.js';

const Appliances = z.object({
  objects: z.object({ appliances: z.array(z.looseObject({ name: z.string() })) }),
});

describe('devices on which an earlier task of ours is still at work', () => {
  let world: Programmers;
  let accountId: string;
  let customer: string;
  let number = 0;

  beforeAll(async () => {
    world = await openProgrammers({ clockScale: 10 });
    // What spent tries would be a dead letter soon.
    await world.start(
      { SITEWRIGHT_SANDBOX_VERSA_URL: world.vendor.urls['versa'] ?? '' },
      { RETRY_MAX_TRIES: '3' },
    );
  });
  afterAll(() => world.close());

  beforeEach(async () => {
    number += 1;
    accountId = `org-${number}`;
    customer = `customer-${number}`;
    await world.vendor.steer('DELETE', '/faults');
    await addCustomer(world, customer, accountId, 'versa');
    const visible = {
      vendor: 'versa',
      description: 'a shop',
      controllers: ['controller-1'],
      location: { countryCode: 'FR', city: 'Paris', latitude: 48.85, longitude: 2.35 },
    };
    await ended(world, await putSite(world.ledger, { customer, vendor: 'versa', secrets: [], visible }));
  });

  const fault = (rule: Record<string, unknown>) =>
    world.vendor.steer('POST', '/faults', { vendor: 'versa', account: accountId, nth: 1, ...rule });
  const batchOf = async (count: number): Promise<Operation> => {
    const put = Array.from({ length: count }, (_, index) => ({
      name: `d${index}`,
      spec: { serialNumber: `SN-${accountId}-${index}`, variables: {} },
    }));
    const { ledger } = world;
    return operationOf(
      await ledger.devices.batch({ customer, site: 'paris', put, delete: [], requester: requester(ledger) }),
    );
  };
  const deferralsOf = async ({ id }: Operation): Promise<{ reason: string; at: Date }[]> =>
    world.ledger.database.rows(
      `select data ->> 'reason' as reason, created_at as at from operation_event
       where operation_id = $1 and type = 'deferred' order by id`,
      [id],
    );
  const appliances = async () =>
    Appliances.parse(await world.vendor.steer('GET', `/objects?vendor=versa&account=${accountId}`)).objects
      .appliances;

  it.each([2, 5])('stay due, %d of them, and are done when it has ended', async (count) => {
    // The task is begun, nobody learns of it, and it takes until the rule is gone.
    await fault({ operation: 'device:bulkDeploy', effect: 'reset_after' });
    await fault({ operation: 'task:deploy', effect: 'hang' });
    const operation = await batchOf(count);
    const busy = await waitFor(
      async () => {
        const found = (await deferralsOf(operation)).filter(({ reason }) => reason === 'busy');
        return found.length >= 4 && found;
      },
      { what: 'rounds that were put off', timeoutMs: 20_000 },
    );
    // Each waited for as long as a first retry does.
    const [first, last] = [busy[0], busy.at(-1)];
    expect(Number(last?.at) - Number(first?.at)).toBeGreaterThanOrEqual((busy.length - 1) * 100);
    const waiting = await world.ledger.operations.get(operation.id, undefined);
    expect(['pending', 'in_progress']).toContain(waiting.status);
    await world.vendor.steer('DELETE', '/faults');
    expect(await ended(world, operation)).toMatchObject({
      status: 'succeeded',
      attempt: 2,
      progress: { total: count, succeeded: count, failed: 0 },
    });
    expect((await appliances()).map(({ name }) => name).toSorted()).toEqual(
      Array.from({ length: count }, (_, index) => `${customer}-paris-d${index}`),
    );
  });
});
