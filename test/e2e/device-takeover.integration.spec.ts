import type { ChildService } from '../../sandbox/stack/child-service.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { IMPATIENT, openEndToEnd, siteBody, vendorCalls, vendorFault, type EndToEnd } from './e2e-fixture.js';

const ACCOUNT = '8100';
const SITE = '/v1/customers/acme/sites/paris';
const CHANGE = 'updateSiteStaticHosts';

const Hosts = z.object({ objects: z.object({ hosts: z.array(z.looseObject({ name: z.string() })) }) });

const devices = (from: number) =>
  Array.from({ length: 40 }, (_, index) => ({ name: `cam-${from + index}`, ip: `10.20.0.${from + index}` }));

describe('a device-programmer that is killed in the middle of a bulk call', () => {
  let system: EndToEnd;
  /** The only one: whatever is to be done, it does. */
  let worker: ChildService;
  beforeAll(async () => {
    system = await openEndToEnd({ env: IMPATIENT });
    const { client, stack } = system;
    await client.addCustomer('acme', { accountId: ACCOUNT, token: 'token' });
    [worker] = await Promise.all([
      stack.startService('device-programmer'),
      client.run('PUT', SITE, { body: siteBody() }),
    ]);
  });
  afterAll(() => system.close());

  const namesAtVendor = async () =>
    Hosts.parse(await system.stack.admin('GET', `/objects?vendor=cato&account=${ACCOUNT}`))
      .objects.hosts.map(({ name }) => name)
      .toSorted();
  const changes = async () => (await vendorCalls(system.stack, ACCOUNT)).operations[CHANGE]?.calls ?? 0;
  /** What a worker can hold: operations, a site's devices, calls of the vendor's. */
  const held = () =>
    system.database.rows(
      `select 'operation' from operation where lease_until is not null or status = 'in_progress'
       union all select 'lane' from device_lane where lease_until is not null or worker_id is not null
       union all select 'calls' from vendor_budget_use where ended_at > clock_timestamp()`,
    );

  it.each([
    ['the vendor did it and the answer never comes', 'hang_after', 10, 1],
    ['the vendor never gets to it', 'hang', 100, 2],
  ])('%s: another one takes over, and every device is there once', async (_what, effect, from, calls) => {
    const { stack, client } = system;
    const before = { names: await namesAtVendor(), changes: await changes() };
    const put = devices(from);
    const call = await vendorFault(stack, ACCOUNT, CHANGE, { effect, nth: 1 });
    const { id } = await client.submit('POST', `${SITE}/devices:batch`, { body: { put } });
    await call.matched();
    await worker.kill();
    worker = await stack.startService('device-programmer');
    await call.release();
    expect(await client.settled(id)).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      progress: { total: put.length, succeeded: put.length, failed: 0 },
    });
    const names = [...before.names, ...put.map(({ name }) => name)].toSorted();
    expect(await namesAtVendor()).toEqual(names);
    // What was done is found by a list, not tried again.
    expect((await changes()) - before.changes).toBe(calls);
    const [takenOver] = await system.database.rows<{ workers: number }>(
      `select count(distinct data ->> 'workerId')::int as workers from operation_event
       where operation_id = $1 and type = 'claimed'`,
      [id],
    );
    expect(takenOver).toEqual({ workers: 2 });
    // The last of its calls is written down a moment after the operation has ended.
    await expect.poll(held).toEqual([]);
  });
});
