import type { DeviceClaim, DeviceSubmitResult, SettledDevice } from '@app/ledger';
import { NotFound, SiteDeleting, SiteNotReady } from '@app/ledger';
import type { Operation } from '@app/contracts';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addCustomer,
  applySite,
  claim as claimSite,
  fail,
  openLedger,
  remove,
  submit,
  succeed,
  wakeOf,
  worker,
  type TestLedger,
} from './ledger-fixture.js';

const BULK = 100;
const ip = (last: number): string => `10.20.0.${last}`;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `d${index}`);
const accepted = (result: DeviceSubmitResult): Operation => {
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
};
const applied = (claimed: DeviceClaim): SettledDevice[] =>
  claimed.devices.map(({ resourceId, name }) => ({
    resourceId,
    outcome: 'applied',
    outputs: { hostId: `host-${name}` },
  }));

describe('devices in the ledger', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  let site: string;
  let number = 0;
  beforeEach(async () => {
    number += 1;
    site = `site-${number}`;
  });

  const requester = () => ({ apiKeyId: ledger.apiKeyId, name: 'tester' });
  const put = async (device: string, spec: Record<string, unknown>, at = site) =>
    ledger.devices.put({
      customer: 'acme',
      site: at,
      device,
      spec,
      requester: requester(),
      preconditions: {},
    });
  const drop = async (device: string) =>
    ledger.devices.delete({ customer: 'acme', site, device, requester: requester(), preconditions: {} });
  const batch = async (wanted: string[], gone: string[] = []) =>
    accepted(
      await ledger.devices.batch({
        customer: 'acme',
        site,
        put: wanted.map((name, index) => ({ name, spec: { ip: ip(index + 1) } })),
        delete: gone,
        requester: requester(),
      }),
    );
  const operation = (id: string) => ledger.operations.get(id, undefined);
  const device = (name: string) => ledger.devices.get('acme', site, name);
  const message = async (id: string) => ({ ...(await wakeOf(ledger, id)), lane: 'device' as const });

  async function claim(id: string, bulkSize = BULK): Promise<DeviceClaim> {
    const claimed = await ledger.rounds.claim(await message(id), worker(), () => bulkSize);
    if (typeof claimed === 'string') throw new Error(`the claim was refused: ${claimed}`);
    return claimed;
  }
  const settle = (claimed: DeviceClaim, results = applied(claimed), bulkSize = BULK) =>
    ledger.rounds.settle(claimed, results, { bulkSize, mayGoOn: true });
  const refused = { code: 'VENDOR_REJECTED', message: 'no', retryable: false } as const;
  const away = { code: 'VENDOR_UNAVAILABLE', message: 'away', retryable: true } as const;

  it('a device is accepted, released, claimed and settled', async () => {
    await applySite(ledger, { site });
    const { id } = accepted(await put('printer', { ip: ip(1) }));
    expect(await operation(id)).toMatchObject({
      status: 'pending',
      lane: 'device',
      site,
      device: 'printer',
      action: 'create',
      progress: { total: 1, succeeded: 0, failed: 0 },
    });
    const claimed = await claim(id);
    expect(claimed).toMatchObject({
      site: { name: site, outputs: { siteId: '7' } },
      account: { credentials: { token: 'canary-token' } },
      priority: 'edit',
      devices: [{ name: 'printer', revision: 1, spec: { ip: ip(1) }, applied: undefined, mayExist: false }],
    });
    await ledger.rounds.roundStarted(claimed);
    expect(await settle(claimed)).toBeUndefined();
    expect(await operation(id)).toMatchObject({
      status: 'succeeded',
      attempt: 1,
      changes: { add: 1 },
      progress: { total: 1, succeeded: 1, failed: 0 },
    });
    expect(await device('printer')).toMatchObject({
      phase: 'ready',
      appliedRevision: 1,
      outputs: { hostId: 'host-printer' },
    });
    expect((await put('printer', { ip: ip(1) })).kind).toBe('unchanged');
  });

  it('a batch is one operation, worked off in rounds of the vendor’s bulk size', async () => {
    await applySite(ledger, { site });
    const { id } = await batch(names(25));
    let claimed: DeviceClaim | undefined = await claim(id, 10);
    const sizes: number[] = [];
    while (claimed !== undefined) {
      sizes.push(claimed.devices.length);
      await ledger.rounds.roundStarted(claimed);
      claimed = await settle(claimed, applied(claimed), 10);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(await operation(id)).toMatchObject({
      status: 'succeeded',
      progress: { total: 25, succeeded: 25, failed: 0 },
    });
    expect((await ledger.devices.results(id)).map(({ status }) => status)).toEqual(
      names(25).map(() => 'succeeded'),
    );
  });

  it('three refused of a hundred leave 97 done, and a retry takes only the three', async () => {
    await applySite(ledger, { site });
    const { id } = await batch(names(100));
    const claimed = await claim(id);
    await ledger.rounds.roundStarted(claimed);
    const bad = new Set(['d7', 'd8', 'd99']);
    await settle(
      claimed,
      claimed.devices.map(({ resourceId, name }) =>
        bad.has(name)
          ? { resourceId, outcome: 'refused', error: refused }
          : { resourceId, outcome: 'applied', outputs: {} },
      ),
    );
    expect(await operation(id)).toMatchObject({
      status: 'failed',
      error: { code: 'PARTIAL_FAILURE', message: '3 of 100 devices failed', retryable: true },
      progress: { total: 100, succeeded: 97, failed: 3 },
    });
    const results = await ledger.devices.results(id);
    expect(results.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual([...bad]);
    expect(results.find(({ name }) => name === 'd7')?.error).toEqual(refused);
    expect(await device('d7')).toMatchObject({ phase: 'failed', appliedRevision: null });

    await ledger.commands.retry(id, requester(), undefined);
    const again = await claim(id);
    expect(again.devices.map(({ name, mayExist }) => [name, mayExist])).toEqual(
      [...bad].map((name) => [name, false]),
    );
    await settle(again);
    expect(await operation(id)).toMatchObject({ status: 'succeeded', progress: { succeeded: 100 } });
  });

  it('one worker holds all devices of a site; what others are asked for goes with it', async () => {
    await applySite(ledger, { site });
    const first = accepted(await put('a', { ip: ip(1) }));
    const claimed = await claim(first.id);
    const second = accepted(await put('b', { ip: ip(2) }));
    expect(await ledger.rounds.claim(await message(second.id), worker(), () => BULK)).toBe('held');
    const next = await settle(claimed);
    expect(next?.devices.map(({ name }) => name)).toEqual(['b']);
    if (next !== undefined) await settle(next);
    expect(await operation(second.id)).toMatchObject({ status: 'succeeded' });
  });

  it('what waits when a worker leaves the lane is released again', async () => {
    await applySite(ledger, { site });
    const first = accepted(await put('a', { ip: ip(1) }));
    const claimed = await claim(first.id);
    const second = accepted(await put('b', { ip: ip(2) }));
    expect(await ledger.rounds.claim(await message(second.id), worker(), () => BULK)).toBe('held');
    const { releaseNo } = await wakeOf(ledger, second.id);
    await ledger.rounds.settle(claimed, applied(claimed), { bulkSize: BULK, mayGoOn: false });
    expect((await wakeOf(ledger, second.id)).releaseNo).toBe(releaseNo + 1);
    await settle(await claim(second.id));
  });

  it('a later request overtakes an earlier one that has not started', async () => {
    await applySite(ledger, { site });
    const first = accepted(await put('a', { ip: ip(1) }));
    const second = accepted(await put('a', { ip: ip(2) }));
    expect(await operation(first.id)).toMatchObject({
      status: 'cancelled',
      supersededBy: second.id,
      error: { code: 'SUPERSEDED' },
    });
    const claimed = await claim(second.id);
    expect(claimed.devices).toMatchObject([{ revision: 2, spec: { ip: ip(2) } }]);
    await settle(claimed);
  });

  it('what is asked during a round is done after it', async () => {
    await applySite(ledger, { site });
    const first = accepted(await put('a', { ip: ip(1) }));
    const claimed = await claim(first.id);
    await ledger.rounds.roundStarted(claimed);
    const second = accepted(await put('a', { ip: ip(2) }));
    const next = await settle(claimed);
    expect(await operation(first.id)).toMatchObject({ status: 'succeeded' });
    expect(next?.devices).toMatchObject([{ revision: 2, applied: { spec: { ip: ip(1) } } }]);
    if (next !== undefined) await settle(next);
    expect(await operation(second.id)).toMatchObject({ status: 'succeeded' });
    expect(await device('a')).toMatchObject({ appliedRevision: 2, phase: 'ready' });
  });

  it('a removal removes, and one of what never reached the vendor needs no round', async () => {
    await applySite(ledger, { site });
    const made = accepted(await put('a', { ip: ip(1) }));
    const round = await claim(made.id);
    await ledger.rounds.roundStarted(round);
    await settle(round);
    const removal = accepted(await drop('a'));
    const again = accepted(await drop('a'));
    expect(again.id).toBe(removal.id);
    const claimed = await claim(removal.id);
    expect(claimed.devices).toMatchObject([
      { name: 'a', spec: undefined, applied: { outputs: { hostId: 'host-a' } } },
    ]);
    await settle(claimed);
    await expect(device('a')).rejects.toThrow(NotFound);
    await expect(drop('a')).rejects.toThrow(NotFound);

    const never = accepted(await put('b', { ip: ip(2) }));
    expect(accepted(await drop('b'))).toMatchObject({ status: 'succeeded' });
    expect(await operation(never.id)).toMatchObject({ status: 'cancelled' });
    await expect(device('b')).rejects.toThrow(NotFound);
  });

  it('a removal while a round is about to start waits for it', async () => {
    await applySite(ledger, { site });
    const made = accepted(await put('a', { ip: ip(1) }));
    const claimed = await claim(made.id);
    const removal = accepted(await drop('a'));
    expect(removal).toMatchObject({ status: 'pending' });
    await ledger.rounds.roundStarted(claimed);
    const next = await settle(claimed);
    expect(next?.devices).toMatchObject([{ name: 'a', spec: undefined, applied: { spec: { ip: ip(1) } } }]);
    if (next !== undefined) await settle(next);
    expect(await operation(made.id)).toMatchObject({ status: 'succeeded' });
    expect(await operation(removal.id)).toMatchObject({ status: 'succeeded', changes: { remove: 1 } });
    await expect(device('a')).rejects.toThrow(NotFound);
  });

  it('a device that is wanted again while it goes is made anew', async () => {
    await applySite(ledger, { site });
    const made = accepted(await put('a', { ip: ip(1) }));
    const round = await claim(made.id);
    await ledger.rounds.roundStarted(round);
    await settle(round);
    const removal = accepted(await drop('a'));
    const claimed = await claim(removal.id);
    await ledger.rounds.roundStarted(claimed);
    const wanted = accepted(await put('a', { ip: ip(9) }));
    const next = await settle(claimed);
    expect(next?.devices).toMatchObject([{ name: 'a', spec: { ip: ip(9) }, applied: undefined }]);
    if (next !== undefined) await settle(next);
    expect(await operation(removal.id)).toMatchObject({ status: 'succeeded' });
    expect(await operation(wanted.id)).toMatchObject({ status: 'succeeded' });
    expect(await device('a')).toMatchObject({ phase: 'ready', spec: { ip: ip(9) } });
  });

  it('a batch with nothing to do has succeeded', async () => {
    await applySite(ledger, { site });
    expect(await batch([], ['nobody'])).not.toHaveProperty('progress');
    const { id } = await batch(['a']);
    const claimed = await claim(id);
    await ledger.rounds.roundStarted(claimed);
    await settle(claimed);
    expect(await batch(['a'])).toMatchObject({ status: 'succeeded', progress: { total: 1, succeeded: 1 } });
  });

  it('devices wait for their site, and go with its settlement', async () => {
    const creation = await submit(ledger, { site });
    const { id } = accepted(await put('a', { ip: ip(1) }));
    await ledger.sweeper.sweep();
    await expect(wakeOf(ledger, id)).rejects.toThrow(/not released/);
    await succeed(ledger, await claimSite(ledger, creation.id));
    await waitFor(() => wakeOf(ledger, id).catch(() => false), { what: 'the release', timeoutMs: 10_000 });
    await settle(await claim(id));
    expect(await operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('devices whose site fails fail with it, and can be tried again', async () => {
    const creation = await submit(ledger, { site });
    const { id } = await batch(names(3));
    await fail(ledger, await claimSite(ledger, creation.id));
    await ledger.sweeper.sweep();
    expect(await operation(id)).toMatchObject({ status: 'failed', error: { code: 'PARTIAL_FAILURE' } });
    expect((await ledger.devices.results(id))[0]).toMatchObject({
      status: 'failed',
      error: { code: 'SITE_NOT_READY', retryable: true },
    });
    await expect(put('late', { ip: ip(9) })).rejects.toThrow(SiteNotReady);
    await applySite(ledger, { site, range: '10.0.0.0/24' });
    await ledger.commands.retry(id, requester(), undefined);
    await settle(await claim(id));
    expect(await operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('a site takes its devices along, but not while somebody programs them', async () => {
    await applySite(ledger, { site });
    const made = await batch(names(2));
    const claimed = await claim(made.id);
    await ledger.rounds.roundStarted(claimed);
    const waiting = accepted(await put('late', { ip: ip(9) }));
    const removal = await remove(ledger, site);
    expect(await operation(waiting.id)).toMatchObject({ status: 'cancelled', supersededBy: removal.id });
    await expect(put('more', { ip: ip(8) })).rejects.toThrow(SiteDeleting);
    await expect(wakeOf(ledger, removal.id)).rejects.toThrow(/not released/);
    expect(await settle(claimed)).toBeUndefined();
    await ledger.sweeper.sweep();
    await succeed(ledger, await claimSite(ledger, removal.id));
    const left = await ledger.database.rows(
      `select 1 from resource r join resource s on s.id = r.parent_id
       where s.name = $1 and r.deleted_at is null`,
      [site],
    );
    expect(left).toEqual([]);
  });

  it.each(['was put off', 'lost its worker'])(
    'devices whose round %s while their site was going go with it',
    async (how) => {
      await applySite(ledger, { site });
      const made = await batch(names(2));
      const claimed = await claim(made.id);
      await ledger.rounds.roundStarted(claimed);
      const removal = await remove(ledger, site);
      if (how === 'was put off') {
        await ledger.rounds.defer(claimed, [
          { operationId: made.id, kind: 'retry', delayMs: 0, isTry: true, reason: 'retry', error: away },
        ]);
      } else {
        await ledger.database.rows(
          `update device_lane set lease_until = clock_timestamp() where resource_id = $1`,
          [claimed.collectionId],
        );
      }
      await waitFor(
        async () => {
          await ledger.sweeper.sweep();
          return wakeOf(ledger, removal.id).catch(() => undefined);
        },
        { what: 'the release of the removal', timeoutMs: 10_000 },
      );
      await succeed(ledger, await claimSite(ledger, removal.id));
      await ledger.database.rows(
        `update device_lane set lease_until = now() - interval '1 hour' where lease_until is not null`,
      );
      await ledger.sweeper.sweep();
      await ledger.sweeper.sweep();
      expect(await operation(made.id)).toMatchObject({ status: 'cancelled', supersededBy: removal.id });
      const devices = await ledger.database.rows(
        `select distinct d.phase from resource d where d.parent_id = $1 and d.kind = 'device'`,
        [claimed.site.resourceId],
      );
      expect(devices).toEqual([{ phase: 'deleted' }]);
    },
  );

  it('a site that could not go leaves devices that say what was not done for them', async () => {
    await applySite(ledger, { site });
    const claimed = await claim((await batch(['changed', 'gone', 'kept'])).id);
    await ledger.rounds.roundStarted(claimed);
    await settle(claimed);
    await put('changed', { ip: ip(9) });
    await drop('gone');
    await put('made', { ip: ip(8) });
    const removal = await remove(ledger, site);
    await fail(ledger, await claimSite(ledger, removal.id));
    const phases = await Promise.all(
      ['changed', 'gone', 'kept', 'made'].map(async (name) => (await device(name)).phase),
    );
    expect(phases).toEqual(['failed', 'delete_failed', 'ready', 'failed']);
    const again = accepted(await put('made', { ip: ip(8) }));
    await settle(await claim(again.id));
    expect(await device('made')).toMatchObject({ phase: 'ready' });
  });

  it('a device that is asked for while its site goes at once is refused', async () => {
    await submit(ledger, { site });
    const { asked } = await ledger.database.transaction(async (tx) => {
      await tx.rows(`select 1 from resource where kind = 'site' and name = $1 for update`, [site]);
      const outcome = Promise.allSettled([put('a', { ip: ip(1) })]);
      await waitFor(
        async () => {
          const waiting = await ledger.database.rows(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return waiting.length > 0;
        },
        { what: 'the request to wait for the deletion', timeoutMs: 10_000 },
      );
      await tx.rows(`update resource set deleted_at = now() where kind = 'site' and name = $1`, [site]);
      return { asked: outcome };
    });
    expect(await asked).toMatchObject([{ status: 'rejected', reason: expect.any(NotFound) }]);
  });

  it('devices of a site that was never at the vendor go with it at once', async () => {
    await submit(ledger, { site });
    const { id } = accepted(await put('a', { ip: ip(1) }));
    const removal = await remove(ledger, site);
    expect(await operation(id)).toMatchObject({ status: 'cancelled', supersededBy: removal.id });
    const devices = await ledger.database.rows(
      `select d.phase, d.deleted_at is not null as "isDeleted" from resource d join resource s on s.id = d.parent_id
       where s.name = $1 and d.kind = 'device'`,
      [site],
    );
    expect(devices).toEqual([{ phase: 'deleted', isDeleted: true }]);
  });

  it('a round that did not come about is put off, then tried again', async () => {
    await applySite(ledger, { site });
    const { id } = await batch(names(2));
    const claimed = await claim(id);
    await ledger.rounds.roundStarted(claimed);
    await ledger.rounds.defer(claimed, [
      { operationId: id, kind: 'retry', delayMs: 0, isTry: true, reason: 'retry', error: away },
    ]);
    expect(await operation(id)).toMatchObject({ status: 'pending', attempt: 1 });
    const again = await claim(id);
    expect(again.operations).toMatchObject([{ attempt: 1, ladderStart: 0 }]);
    expect(again.devices).toMatchObject([
      { mayExist: true, attempted: [{ ip: ip(1) }] },
      { mayExist: true, attempted: [{ ip: ip(2) }] },
    ]);
    await settle(again);
  });

  it('whatever unfinished rounds may have left at the vendor is known to the next one', async () => {
    await applySite(ledger, { site });
    for (const last of [1, 2]) {
      const { id } = accepted(await put('a', { ip: ip(last) }));
      const unfinished = await claim(id);
      await ledger.rounds.roundStarted(unfinished);
      await ledger.rounds.defer(unfinished, [
        { operationId: id, kind: 'retry', delayMs: 0, isTry: true, reason: 'retry', error: away },
      ]);
    }
    const { id } = accepted(await put('a', { ip: ip(3) }));
    const claimed = await claim(id);
    expect(claimed.devices).toMatchObject([{ mayExist: true, attempted: [{ ip: ip(2) }, { ip: ip(1) }] }]);
    await settle(claimed);
    expect((await claim(accepted(await put('a', { ip: ip(4) })).id)).devices).toMatchObject([
      { mayExist: false, attempted: [], applied: { spec: { ip: ip(3) } } },
    ]);
  });

  it('without budget the lane pauses, and it costs no try', async () => {
    await addCustomer(ledger, 'poor');
    await applySite(ledger, { customer: 'poor', site });
    const request = { customer: 'poor', site, requester: requester(), preconditions: {} };
    const first = accepted(await ledger.devices.put({ ...request, device: 'a', spec: { ip: ip(1) } }));
    const claimed = await claim(first.id);
    await ledger.rounds.defer(claimed, [
      {
        operationId: first.id,
        kind: 'retry',
        delayMs: 3_600_000,
        isTry: false,
        reason: 'budget',
        error: away,
      },
    ]);
    expect(await operation(first.id)).toMatchObject({ attempt: 0, queue: { waitingFor: 'budget' } });
    const second = accepted(await ledger.devices.put({ ...request, device: 'b', spec: { ip: ip(2) } }));
    await expect(wakeOf(ledger, second.id)).rejects.toThrow(/not released/);
    await ledger.database.rows(`update dispatch_lane set paused_until = now()`);
    await ledger.sweeper.sweep();
    await settle(await claim(second.id));
  });

  it('what waits for budget is released when it is due, ahead of what has no place in the line', async () => {
    await addCustomer(ledger, 'patient');
    await applySite(ledger, { customer: 'patient', site });
    const request = { customer: 'patient', site, requester: requester(), preconditions: {} };
    const first = accepted(await ledger.devices.put({ ...request, device: 'a', spec: { ip: ip(1) } }));
    const claimed = await claim(first.id);
    await ledger.rounds.defer(claimed, [
      { operationId: first.id, kind: 'retry', delayMs: 600, isTry: false, reason: 'budget', error: away },
    ]);
    await ledger.database.rows(`update dispatch_lane set paused_until = 'infinity' where customer_id = $1`, [
      claimed.customerId,
    ]);
    const second = accepted(await ledger.devices.put({ ...request, device: 'b', spec: { ip: ip(2) } }));
    await expect(wakeOf(ledger, first.id)).resolves.toMatchObject({ releaseNo: 1 });
    await expect.poll(async () => (await wakeOf(ledger, first.id)).releaseNo).toBe(2);
    await expect(wakeOf(ledger, second.id)).rejects.toThrow(/not released/);
  });

  it('what is given up fails with a dead letter, and a replay takes what had failed', async () => {
    await applySite(ledger, { site });
    const { id } = await batch(names(2));
    const claimed = await claim(id);
    await ledger.rounds.roundStarted(claimed);
    await ledger.rounds.defer(claimed, [
      { operationId: id, kind: 'dead_letter', reason: 'transient', error: away },
    ]);
    expect(await operation(id)).toMatchObject({ status: 'failed' });
    const { items } = await ledger.deadLetters.list({ site }, { limit: 9 }, undefined);
    expect(items).toMatchObject([{ operationId: id, status: 'open', lane: 'bulk', site }]);
    // Of its delivery when the worker dies before it can dead-letter it, and of one that is still on its way.
    expect(await ledger.rounds.claim(await message(id), worker(), () => BULK)).toBe('dead_lettered');
    await ledger.deadLetters.replay(items[0]?.id ?? '', requester(), undefined);
    await settle(await claim(id));
    expect(await operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('a worker that falls silent loses the lane, and can write nothing any more', async () => {
    await applySite(ledger, { site });
    const { id } = await batch(names(2));
    const lost = await claim(id);
    await ledger.rounds.roundStarted(lost);
    await ledger.rounds.heartbeat(lost, 60_000);
    await ledger.database.rows(
      `update device_lane set lease_until = now() - interval '1 hour' where resource_id = $1`,
      [lost.collectionId],
    );
    await ledger.sweeper.sweep();
    const taken = await claim(id);
    expect(taken.fencingToken).toBeGreaterThan(lost.fencingToken);
    await expect(ledger.rounds.heartbeat(lost, 60_000)).rejects.toThrow(/lease/);
    await expect(ledger.rounds.roundStarted(lost)).rejects.toThrow(/lease/);
    await expect(settle(lost)).rejects.toThrow(/lease/);
    await settle(taken);
    expect(await operation(id)).toMatchObject({ status: 'succeeded' });
  });

  it('a request that is overtaken while its worker is gone says by which one', async () => {
    await applySite(ledger, { site });
    const first = accepted(await put('a', { ip: ip(1) }));
    const lost = await claim(first.id);
    await ledger.rounds.roundStarted(lost);
    const second = accepted(await put('a', { ip: ip(2) }));
    await ledger.database.rows(
      `update device_lane set lease_until = now() - interval '1 hour' where resource_id = $1`,
      [lost.collectionId],
    );
    await ledger.sweeper.sweep();
    await settle(await claim(first.id));
    expect(await operation(second.id)).toMatchObject({ status: 'succeeded' });
    expect(await operation(first.id)).toMatchObject({
      status: 'cancelled',
      supersededBy: second.id,
      error: { code: 'SUPERSEDED' },
    });
  });

  it('fifty requests for devices of one site at once are fifty operations and one lane', async () => {
    await applySite(ledger, { site });
    const operations = await Promise.all(
      names(50).map(async (name, index) => accepted(await put(name, { ip: ip(index + 1) }))),
    );
    const [first] = operations;
    if (first === undefined) throw new Error('no operation');
    let claimed: DeviceClaim | undefined = await claim(first.id);
    expect(claimed.devices).toHaveLength(50);
    while (claimed !== undefined) claimed = await settle(claimed);
    const ended = await Promise.all(operations.map(({ id }) => operation(id)));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['succeeded']));
  });
});
