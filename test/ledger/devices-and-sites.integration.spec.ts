import { LeaseLost, NotFound, SiteDeleting, SiteNotReady } from '@app/ledger';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ip, names, accepted, away, devicesOf } from './devices-fixture.js';
import {
  applySite,
  claim as claimSite,
  fail,
  remove,
  submit,
  succeed,
  wakeOf,
  openLedger,
  type TestLedger,
} from './ledger-fixture.js';

describe('devices and their site', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  let site: string;
  let number = 0;
  beforeEach(() => {
    number += 1;
    site = `site-${number}`;
  });

  const { requester, put, drop, batch, operation, device, claim, settle } = devicesOf(() => ({
    ledger,
    site,
  }));

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

  it('a site takes the dead letters of its devices along', async () => {
    await applySite(ledger, { site });
    for (const { id } of [accepted(await put('a', { ip: ip(1) })), await batch(names(2))]) {
      const claimed = await claim(id);
      await ledger.rounds.roundStarted(claimed);
      await ledger.rounds.defer(claimed, [
        { operationId: id, kind: 'dead_letter', reason: 'transient', error: away },
      ]);
    }
    const statuses = async () =>
      (await ledger.deadLetters.list({ site }, { limit: 9 }, undefined)).items.map(
        ({ status, closedBy }) => ({ status, closedBy }),
      );
    expect(await statuses()).toMatchObject([{ status: 'open' }, { status: 'open' }]);
    await succeed(ledger, await claimSite(ledger, (await remove(ledger, site)).id));
    const closed = { status: 'superseded', closedBy: requester().name };
    expect(await statuses()).toEqual([closed, closed]);
  });

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

  /** An edit of the site that finds it gone, and makes another one. */
  async function makeAnew(): Promise<void> {
    const edit = await claimSite(ledger, (await submit(ledger, { site, range: '10.9.0.0/24' })).id);
    await ledger.work.applyStarted(edit);
    const changes = { add: 1, change: 0, remove: 0, replace: 0 };
    const made = { status: 'succeeded', changes, timings: {}, idOutput: 'siteId' } as const;
    await ledger.work.settle(edit, { ...made, outputs: { siteId: '8' } });
  }

  it('a site that was made anew at the vendor gets its devices again', async () => {
    await applySite(ledger, { site });
    await settle(await claim((await batch(names(2))).id));
    await fail(ledger, await claimSite(ledger, (await remove(ledger, site)).id));
    await makeAnew();
    expect(await device('d0')).toMatchObject({ phase: 'creating', appliedRevision: null, outputs: {} });
    const [restoring] = (await ledger.operations.list({ site, status: 'pending' }, { limit: 5 })).items;
    expect(restoring).toMatchObject({ lane: 'bulk', progress: { total: 2 } });
    const id = restoring?.id ?? '';
    await waitFor(() => wakeOf(ledger, id).catch(() => false), { what: 'the release', timeoutMs: 10_000 });
    const claimed = await claim(id);
    expect(claimed.devices).toMatchObject([
      { name: 'd0', spec: { ip: ip(1) }, mayExist: false, applied: undefined },
      { name: 'd1', spec: { ip: ip(2) }, mayExist: false, applied: undefined },
    ]);
    await settle(claimed);
    expect(await device('d0')).toMatchObject({ phase: 'ready', appliedRevision: 1 });
  });

  it('a round for devices of a site that is made anew meanwhile counts for nothing', async () => {
    await applySite(ledger, { site });
    const { id } = accepted(await put('a', { ip: ip(1) }));
    const early = await claim(id);
    await ledger.rounds.roundStarted(early);
    await makeAnew();
    await expect(settle(early)).rejects.toThrow(LeaseLost);
    await waitFor(async () => (await wakeOf(ledger, id)).releaseNo > 1, {
      what: 'the second release',
      timeoutMs: 10_000,
    });
    const again = await claim(id);
    expect(again.site.outputs).toEqual({ siteId: '8' });
    expect(again.devices).toMatchObject([{ name: 'a', mayExist: false, applied: undefined }]);
    await settle(again);
    expect(await operation(id)).toMatchObject({ status: 'succeeded' });
    expect(await device('a')).toMatchObject({ phase: 'ready', appliedRevision: 1 });
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
});
