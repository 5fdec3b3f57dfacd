import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BULK, ip, names, accepted, away, devicesOf } from './devices-fixture.js';
import { addCustomer, applySite, wakeOf, worker, openLedger, type TestLedger } from './ledger-fixture.js';

describe('rounds of devices that did not come to their end', () => {
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

  const { requester, message, put, batch, operation, claim, settle } = devicesOf(() => ({
    ledger,
    site,
  }));

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
});
