import { unmetered, type DeviceResult } from '@app/vendors';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  addresses,
  appliedOf,
  attempted,
  bad,
  before,
  camera,
  cameras,
  CHANGE,
  changesAtMost,
  device,
  fault,
  forgetCalls,
  hostIdOf,
  hosts,
  LIST,
  lost,
  MAC,
  made,
  next,
  NoBudget,
  programmed,
  refusedOf,
  removeHost,
  removeSite,
  run,
  settings,
  simulateCato,
  steer,
  stranger,
  UPDATE,
} from './support/cato-devices.js';

simulateCato();

describe.each(['atomic', 'partial'])('devices that the vendor refuses, in %s calls', (bulkFailure) => {
  beforeEach(() => settings({ bulkFailure }));

  it('three bad ones of a hundred leave 97', async () => {
    const devices = cameras(100);
    for (const [index, number] of [4, 50, 99].entries()) devices[number] = bad(index + 1);
    const results = await run(devices);
    expect(refusedOf(results)).toEqual({
      'id-of-bad-1': 'VENDOR_REJECTED',
      'id-of-bad-2': 'VENDOR_REJECTED',
      'id-of-bad-3': 'VENDOR_REJECTED',
    });
    expect(appliedOf(results)).toHaveLength(97);
    expect(await hosts()).toHaveLength(97);
    expect(made.filter((operation) => operation === CHANGE).length).toBeLessThanOrEqual(7);
  });

  it('are found without the vendor naming them', async () => {
    await fault(CHANGE, { effect: 'graphql_error', message: 'bad request', nth: 1, times: 3 });
    const results = await run([...cameras(20), bad(1)]);
    expect(refusedOf(results)).toEqual({ 'id-of-bad-1': 'VENDOR_REJECTED' });
    expect(await hosts()).toHaveLength(20);
  });

  it('a bad edit leaves its device what it was, and the others go on', async () => {
    const results = await programmed(cameras(3));
    const wishes = [
      next(camera(1), results, { ip: '10.20.1.11' }),
      next(camera(2), results, { ip: '10.99.0.1' }),
      next(camera(3), results, { ip: '10.20.1.2' }),
    ];
    expect(refusedOf(await run(wishes))).toEqual({
      'id-of-cam-2': 'VENDOR_REJECTED',
      // It was to have the address that the refused one keeps.
      'id-of-cam-3': 'NAME_TAKEN',
    });
    expect(await addresses()).toMatchObject({ 'cam-1': '10.20.1.11', 'cam-2': '10.20.1.2' });
    expect(await hosts()).toHaveLength(3);
  });

  it('one that cannot be made anew stays what it was', async () => {
    const withMac = device('cam-1', { ip: '10.20.1.1', macAddress: MAC });
    const results = await programmed([withMac]);
    for (const nth of [1, 3]) await fault(CHANGE, { effect: 'graphql_error', message: 'bad request', nth });
    const after = await run([next(withMac, results, { ip: '10.20.1.1' })]);
    expect(refusedOf(after)).toEqual({ 'id-of-cam-1': 'VENDOR_REJECTED' });
    expect(await hosts()).toMatchObject([{ name: 'cam-1', ip: '10.20.1.1', macAddress: MAC }]);
    // Its host has another id than the one on record, and is found all the same.
    const again = { ...next(withMac, results, { ip: '10.20.1.2', macAddress: MAC }), mayExist: true };
    expect(appliedOf(await run([again]))).toHaveLength(1);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.1.2' });
  });

  it('all bad ones are settled by and by, however small the budget is', async () => {
    let due = Array.from({ length: 20 }, (_, index) => bad(index + 1));
    let rounds = 0;
    while (due.length > 0) {
      forgetCalls();
      const results = await run(lost(due), { meter: changesAtMost(10) });
      const settled = new Set(results.map(({ resourceId }) => resourceId));
      expect(settled.size).toBeGreaterThanOrEqual(Math.min(4, due.length));
      expect(Object.keys(refusedOf(results))).toHaveLength(settled.size);
      due = due.filter(({ resourceId }) => !settled.has(resourceId));
      rounds += 1;
    }
    expect(rounds).toBeGreaterThan(1);
    expect(await hosts()).toEqual([]);
  });
});

describe('somebody who changes the site meanwhile', () => {
  it('removes a host that is to be edited: it is made anew', async () => {
    const results = await programmed(cameras(3));
    const wishes = cameras(3).map((each, index) => next(each, results, { ip: `10.20.2.${index + 1}` }));
    const meter = before(UPDATE, () => removeHost(hostIdOf(results, camera(2))));
    expect(appliedOf(await run(wishes, { meter }))).toHaveLength(3);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.2.1', 'cam-2': '10.20.2.2', 'cam-3': '10.20.2.3' });
  });

  it('removes a host that is to go: it is gone', async () => {
    const results = await programmed(cameras(2));
    const meter = before(CHANGE, () => removeHost(hostIdOf(results, camera(1))));
    const wishes = cameras(2).map((each) => next(each, results));
    expect(appliedOf(await run(wishes, { meter }))).toHaveLength(2);
    expect(await hosts()).toEqual([]);
  });

  it('takes an address that a device is to have: the device is refused', async () => {
    const meter = before(CHANGE, () => stranger('printer', '10.20.1.2'));
    expect(refusedOf(await run(cameras(3), { meter }))).toEqual({ 'id-of-cam-2': 'NAME_TAKEN' });
    expect(await addresses()).toEqual({
      printer: '10.20.1.2',
      'cam-1': '10.20.1.1',
      'cam-3': '10.20.1.3',
    });
  });

  it('removes the site: what is to go is gone, the others are told', async () => {
    const meter = before(CHANGE, () => removeSite());
    const results = await programmed([camera(1)]);
    const after = await run([next(camera(1), results), camera(2)], { meter });
    expect(after).toMatchObject([
      { outcome: 'applied', outputs: {} },
      { outcome: 'refused', fault: { code: 'VENDOR_REJECTED' } },
    ]);
  });
});

describe('answers that were lost', () => {
  it('after the change: the list tells, at once', async () => {
    await fault(CHANGE, { effect: 'reset_after', nth: 1 });
    const results = await run(cameras(100));
    expect(made).toEqual([LIST, CHANGE, LIST]);
    expect(appliedOf(results)).toHaveLength(100);
    expect(await hosts()).toHaveLength(100);
  });

  it('before the change: the round is put off, and the next one makes it', async () => {
    await fault(CHANGE, { effect: 'reset_before', nth: 1 });
    await expect(run(cameras(3))).rejects.toMatchObject({ fault: { code: 'VENDOR_UNAVAILABLE' } });
    expect(await hosts()).toEqual([]);
    expect(appliedOf(await run(lost(cameras(3))))).toHaveLength(3);
    expect(await hosts()).toHaveLength(3);
  });

  it('with no way to look: nothing is doubled by the next round', async () => {
    await fault(CHANGE, { effect: 'reset_after', nth: 1 });
    await fault(LIST, { effect: 'status', status: 503, nth: 2 });
    await expect(run(cameras(3))).rejects.toMatchObject({ fault: { code: 'VENDOR_UNAVAILABLE' } });
    forgetCalls();
    const results = await run(lost(cameras(3)));
    expect(made).toEqual([LIST]);
    expect(results.map(({ resourceId }) => hostIdOf(results, device('', undefined, { resourceId })))).toEqual(
      (await hosts()).map(({ hostId }) => hostId),
    );
  });

  it.each(['reset_before', 'reset_after'])('of an edit, a swap and a removal: %s', async (effect) => {
    const results = await programmed(cameras(5));
    const wishes = [
      next(camera(1), results, { ip: '10.20.1.2' }),
      next(camera(2), results, { ip: '10.20.1.1' }),
      next(camera(3), results, { ip: '10.20.1.33' }),
      next(camera(4), results),
      next(camera(5), results, { ip: '10.20.1.5' }),
    ];
    for (const operation of [UPDATE, CHANGE]) await fault(operation, { effect, nth: 1 });
    let outcome: DeviceResult[] | undefined;
    for (let round = 0; outcome === undefined && round < 3; round += 1) {
      outcome = await run(lost(wishes)).catch(() => undefined);
    }
    expect(appliedOf(outcome ?? [])).toHaveLength(5);
    expect(await addresses()).toEqual({
      'cam-1': '10.20.1.2',
      'cam-2': '10.20.1.1',
      'cam-3': '10.20.1.33',
      'cam-5': '10.20.1.5',
    });
  });

  it('and another wish since: the host of the earlier one is found', async () => {
    await fault(CHANGE, { effect: 'reset_after', nth: 1 });
    await fault(LIST, { effect: 'status', status: 503, nth: 2 });
    await expect(run(cameras(2))).rejects.toMatchObject({ fault: { code: 'VENDOR_UNAVAILABLE' } });
    const results = await run([attempted(camera(1), { ip: '10.20.1.7' }), attempted(camera(2))]);
    expect(appliedOf(results)).toHaveLength(2);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.1.7' });
  });
});

describe('rounds that do not come about', () => {
  it('the vendor’s limit', async () => {
    await fault(CHANGE, { effect: 'graphql_error', message: `rate limit for operation: ${CHANGE}`, nth: 1 });
    await expect(run(cameras(2))).rejects.toMatchObject({
      fault: { code: 'VENDOR_RATE_LIMITED', retryable: true },
    });
    expect(made).toEqual([LIST, CHANGE]);
  });

  it('our own budget, and what the round has found out before', async () => {
    await expect(run(cameras(2), { meter: changesAtMost(0) })).rejects.toThrow(NoBudget);
    const results = await run([bad(1), ...cameras(2)], { meter: changesAtMost(2) });
    expect(refusedOf(results)).toEqual({ 'id-of-bad-1': 'VENDOR_REJECTED' });
    expect(appliedOf(results)).toEqual([]);
  });

  it('a token that the vendor does not take', async () => {
    await fault(LIST, { effect: 'status', status: 403, nth: 1 });
    await expect(run(cameras(2))).rejects.toMatchObject({ fault: { code: 'VENDOR_AUTH_FAILED' } });
  });

  it('a cancelled round ends as cancelled', async () => {
    const { id } = await fault(CHANGE, { effect: 'hang' });
    const controller = new AbortController();
    const ended = run(cameras(2), { signal: controller.signal }).catch((error: unknown) => error);
    await steer('GET', `/calls?vendor=cato&operation=${CHANGE}&atLeast=1&waitMs=5000`);
    controller.abort(new Error('not needed any more'));
    expect(await ended).toEqual(new Error('not needed any more'));
    await steer('DELETE', `/faults/${String(id)}`);
  });

  it('a site that is gone at the vendor', async () => {
    const results = await run([camera(1), device('cam-2')], { site: '999999', meter: unmetered });
    expect(results).toEqual([
      {
        resourceId: 'id-of-cam-1',
        outcome: 'refused',
        fault: {
          code: 'VENDOR_REJECTED',
          message: 'the site of the device is gone at the vendor (site 999999)',
          retryable: false,
        },
      },
      { resourceId: 'id-of-cam-2', outcome: 'applied', outputs: {} },
    ]);
  });
});
