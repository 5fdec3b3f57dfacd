import { unmetered, vendorOf } from '@app/vendors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { openBreakersAt } from '../support/health.js';
import { worker } from '../ledger/ledger-fixture.js';
import {
  addCustomer,
  addSite,
  batch,
  callsOf,
  ended,
  hostsOf,
  openProgrammers,
  putDevice,
  wishes,
  type Programmers,
} from './programmer-fixture.js';

const CHANGE = 'updateSiteStaticHosts';

/** Addresses beside those of the others. */
const moved = <T extends { ip: string }>(wish: T): T => ({
  ...wish,
  ip: wish.ip.replace('10.20.', '10.20.1'),
});

describe('the device programmer', () => {
  let world: Programmers;
  let url: string;
  let accountId: string;
  let customer: string;
  let siteId: string;
  let number = 0;
  const site = 'paris';

  beforeAll(async () => {
    world = await openProgrammers();
    const urls = { SITEWRIGHT_SANDBOX_CATO_URL: world.vendor.catoUrl };
    ({ url } = await world.start(urls));
    await world.start(urls);
  });
  afterAll(() => world.close());

  beforeEach(async () => {
    number += 1;
    accountId = `${1000 + number}`;
    customer = `customer-${number}`;
    await world.vendor.steer('DELETE', '/faults');
    await addCustomer(world, customer, accountId);
    siteId = await addSite(world, customer, site, accountId);
  });

  const fault = (effect: Record<string, unknown>, account = accountId) =>
    world.vendor.steer('POST', '/faults', { vendor: 'cato', account, operation: CHANGE, ...effect });

  it('a batch of 100 devices takes one call for each bulk', async () => {
    const all = wishes(100);
    const operation = await ended(world, await batch(world, customer, site, all));
    expect(operation).toMatchObject({
      status: 'succeeded',
      progress: { total: 100, succeeded: 100, failed: 0 },
    });
    expect(await hostsOf(world, accountId, siteId)).toEqual(all.map(({ name }) => name).toSorted());
    expect(await callsOf(world, accountId, CHANGE)).toBeLessThanOrEqual(
      Math.ceil(100 / (vendorOf('cato').devices?.bulkSize ?? 1)),
    );
  });

  it('devices go as they came, in one operation with others that come', async () => {
    const all = wishes(20);
    await ended(world, await batch(world, customer, site, all));
    const gone = all.slice(0, 10).map(({ name }) => name);
    const operation = await ended(
      world,
      await batch(world, customer, site, wishes(5, 'new').map(moved), gone),
    );
    expect(operation).toMatchObject({ status: 'succeeded', changes: { remove: 10 } });
    const left = [...all.slice(10), ...wishes(5, 'new')].map(({ name }) => name).toSorted();
    expect(await hostsOf(world, accountId, siteId)).toEqual(left);
  });

  it('somebody who waits for one device does not wait for a batch of the same site', async () => {
    await fault({ effect: 'delay', delayMs: 300 });
    const many = await batch(world, customer, site, wishes(600));
    const [first] = wishes(1, 'urgent').map(moved);
    if (first === undefined) throw new Error('there is no device');
    const single = await ended(world, await putDevice(world, customer, site, first));
    expect(single.status).toBe('succeeded');
    expect((await world.ledger.operations.get(many.id, undefined)).finishedAt).toBeNull();
    expect((await ended(world, many)).status).toBe('succeeded');
    expect(await hostsOf(world, accountId, siteId)).toHaveLength(601);
  });

  it('what the vendor refuses of a batch fails, and nothing else of it', async () => {
    const all = wishes(100).map((wish, index) =>
      index % 40 === 7 ? { ...wish, ip: `192.168.${index}.1` } : wish,
    );
    const operation = await ended(world, await batch(world, customer, site, all));
    expect(operation).toMatchObject({
      status: 'failed',
      error: { code: 'PARTIAL_FAILURE', retryable: true },
      progress: { total: 100, succeeded: 97, failed: 3 },
    });
    const failed = (await world.ledger.devices.results(operation.id)).filter(
      ({ status }) => status === 'failed',
    );
    expect(failed.map(({ name }) => name).toSorted()).toEqual(['cam-47', 'cam-7', 'cam-87']);
    expect(failed[0]?.error).toMatchObject({ code: 'VENDOR_REJECTED', retryable: false });
    expect(await hostsOf(world, accountId, siteId)).toHaveLength(97);
  });

  it('a lost answer is tried again and doubles nothing', async () => {
    await fault({ effect: 'reset_after', nth: 1 });
    const operation = await ended(world, await batch(world, customer, site, wishes(30)));
    expect(operation).toMatchObject({ status: 'succeeded' });
    expect(await hostsOf(world, accountId, siteId)).toHaveLength(30);
  });

  it('what a worker left half done when it died is finished by another', async () => {
    const { ledger, vendor } = world;
    const { devices } = vendorOf('cato');
    if (devices === undefined) throw new Error('there are no devices');
    // The live workers see nothing of it before the lane is held.
    const holdLane = (until: string | null) =>
      ledger.database.rows(
        `insert into dispatch_lane (customer_id, vendor_account_id, lane, paused_until)
         select customer_id, id, 'bulk', $2::timestamptz from vendor_account where account_id = $1
         on conflict (customer_id, vendor_account_id, lane) do update set paused_until = excluded.paused_until`,
        [accountId, until],
      );
    await holdLane('infinity');
    const operation = await batch(world, customer, site, wishes(40));
    const [released] = await ledger.database.rows<{
      operationId: string;
      customerId: string;
      releaseNo: number;
    }>(
      `update operation set released_at = clock_timestamp(), release_no = release_no + 1 where id = $1
       returning id as "operationId", customer_id as "customerId", release_no as "releaseNo"`,
      [operation.id],
    );
    if (released === undefined) throw new Error('nothing was released');
    const claim = await ledger.rounds.claim({ ...released, lane: 'bulk' }, worker('dead', 1_000), () => 100);
    if (typeof claim === 'string') throw new Error(`the claim was refused: ${claim}`);
    await ledger.rounds.roundStarted(claim);
    const { account } = claim;
    await devices.converge({
      site: { resourceId: claim.site.resourceId, vendorName: '', outputs: claim.site.outputs },
      devices: claim.devices.slice(0, 25),
      connection: { ...account, baseUrl: vendor.catoUrl, meter: unmetered },
      signal: new AbortController().signal,
    });
    await holdLane(null);
    expect(await ended(world, operation)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(await hostsOf(world, accountId, siteId)).toHaveLength(40);
    const events = await ledger.database.rows<{ type: string }>(
      `select type from operation_event where operation_id = $1`,
      [operation.id],
    );
    expect(events.map(({ type }) => type)).toContain('taken_over');
  });

  it('while the vendor is down nothing fails, and what waits goes on within a probe of its return', async () => {
    await fault({ effect: 'status', status: 503, operation: '*' });
    const other = { accountId: `${accountId}0`, customer: `${customer}-other` };
    await addCustomer(world, other.customer, other.accountId);
    await addSite(world, other.customer, site, other.accountId);
    const all = wishes(8);
    const waiting = await Promise.all(all.map((wish) => putDevice(world, customer, site, wish)));
    await waitFor(async () => (await world.breakers.breakers()).some(({ state }) => state !== 'closed'), {
      what: 'the breaker',
      timeoutMs: 15_000,
    });
    expect(await openBreakersAt(url)).toEqual([
      {
        vendor: 'cato',
        accountId,
        family: 'devices',
        state: expect.stringMatching(/^(?:half_)?open$/),
        since: expect.any(String),
        probeAt: expect.any(String),
      },
    ]);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const fine = await ended(world, await batch(world, other.customer, site, wishes(10)));
    expect(fine.status).toBe('succeeded');
    // Longer than all tries of an operation take.
    await waitFor(async () => ((await world.breakers.breakers())[0]?.failedProbes ?? 0) >= 3, {
      what: 'probes',
      timeoutMs: 20_000,
    });
    const now = () => Promise.all(waiting.map((each) => world.ledger.operations.get(each.id, undefined)));
    expect((await now()).every(({ status }) => status === 'pending' || status === 'in_progress')).toBe(true);
    // A probe takes them all along for a moment.
    await waitFor(async () => (await now()).some(({ queue }) => queue?.waitingFor === 'breaker'), {
      what: 'an operation that waits for the breaker',
      timeoutMs: 10_000,
    });
    await world.vendor.steer('DELETE', '/faults');
    const done = await Promise.all(waiting.map((each) => ended(world, each, 5_000)));
    expect(done.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(await hostsOf(world, accountId, siteId)).toHaveLength(all.length);
    const [breaker] = (await world.breakers.breakers()).filter((each) => each.accountId === accountId);
    expect(breaker).toMatchObject({ family: 'devices', state: 'closed', probeAt: null, failedProbes: 0 });
    await expect.poll(() => openBreakersAt(url), { timeout: 5_000 }).toEqual([]);
  });
});
