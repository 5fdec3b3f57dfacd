import type { DeviceClaim } from '@app/ledger';
import { NotFound } from '@app/ledger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BULK, ip, names, accepted, applied, refused, devicesOf } from './devices-fixture.js';
import { applySite, wakeOf, worker, openLedger, type TestLedger } from './ledger-fixture.js';

describe('devices in the ledger', () => {
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

  const { requester, message, put, drop, batch, operation, device, claim, settle } = devicesOf(() => ({
    ledger,
    site,
  }));

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
