import { beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, at } from '../../sandbox/cato/contract/sandbox-client.js';
import {
  addresses,
  appliedOf,
  camera,
  cameras,
  CHANGE,
  changeHost,
  device,
  forgetCalls,
  hostIdOf,
  hosts,
  LIST,
  lost,
  MAC,
  made,
  next,
  programmed,
  programming,
  refusedOf,
  removeHost,
  run,
  settings,
  simulateCato,
  steer,
  stranger,
  UPDATE,
} from './support/cato-devices.js';

simulateCato();

describe('a hundred devices', () => {
  it('take two calls, and one when there is nothing to do', async () => {
    const devices = cameras(programming().bulkSize);
    const results = await run(devices);
    expect(made).toEqual([LIST, CHANGE]);
    const stored = new Map((await hosts()).map(({ name, hostId }) => [name, hostId]));
    expect(stored.size).toBe(100);
    expect(results).toEqual(
      devices.map(({ resourceId, name }) => ({
        resourceId,
        outcome: 'applied',
        outputs: { hostId: stored.get(name) },
      })),
    );

    forgetCalls();
    const again = devices.map((each) => next(each, results, { ip: String(each.spec?.['ip']) }));
    expect(await run(again)).toEqual(results);
    expect(made).toEqual([LIST]);
  });

  it('are counted under the vendor’s own names', async () => {
    await run([camera(1)]);
    const answer = await steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`);
    for (const operation of made) expect(at(answer, 'operations', operation, 'calls')).toBe(1);
    expect(programming().callsOfRound).toEqual({ [LIST]: 1, [CHANGE]: 1 });
  });

  it('are edited with one call, added and removed with another', async () => {
    const devices = cameras(100);
    const results = await programmed(devices);
    const wishes = devices.map((each, index) => {
      if (index < 30) return next(each, results, { ip: `10.20.2.${index + 1}` });
      if (index < 60) return next(each, results);
      return next(each, results, { ip: String(each.spec?.['ip']) });
    });
    const round = [...wishes.slice(0, 95), ...cameras(105).slice(100)];
    const after = await run(round);
    expect(made).toEqual([LIST, UPDATE, CHANGE]);
    expect(appliedOf(after)).toHaveLength(100);
    expect(after[30]).toEqual({ resourceId: 'id-of-cam-31', outcome: 'applied', outputs: {} });
    expect(hostIdOf(after, camera(1))).toBe(hostIdOf(results, camera(1)));
    const stored = await addresses();
    expect(Object.keys(stored)).toHaveLength(75);
    expect(stored).toMatchObject({ 'cam-1': '10.20.2.1', 'cam-61': '10.20.1.61', 'cam-105': '10.20.1.105' });
  });

  it('all change hands, a hundred hosts a call', async () => {
    const devices = cameras(100);
    const results = await programmed(devices);
    const shifted = devices.map((each, index) =>
      next(each, results, { ip: `10.20.1.${((index + 1) % 100) + 1}` }),
    );
    expect(appliedOf(await run(shifted))).toHaveLength(100);
    expect(made).toEqual([LIST, CHANGE, CHANGE]);
    expect(await addresses()).toMatchObject({ 'cam-1': '10.20.1.2', 'cam-100': '10.20.1.1' });
  });
});

describe('a device', () => {
  it('keeps its host when it is edited, and loses what it is to lose', async () => {
    const first = await programmed([camera(1)]);
    const withMac = next(camera(1), first, { ip: '10.20.1.9', macAddress: MAC });
    const second = await run([withMac]);
    expect(made).toEqual([LIST, UPDATE]);
    expect(second).toEqual(first);
    expect(await hosts()).toMatchObject([{ name: 'cam-1', ip: '10.20.1.9', macAddress: MAC }]);

    forgetCalls();
    const third = await run([next(withMac, second, { ip: '10.20.1.9' })]);
    expect(made).toEqual([LIST, CHANGE]);
    expect(await hosts()).toEqual([
      { hostId: hostIdOf(third, camera(1)), name: 'cam-1', ip: '10.20.1.9', macAddress: null },
    ]);
  });

  it('that was renamed or removed at the vendor comes back', async () => {
    const results = await programmed([camera(1), camera(2)]);
    const first = hostIdOf(results, camera(1));
    const second = hostIdOf(results, camera(2));
    await changeHost(first, { name: 'other' });
    await removeHost(second);
    const wishes = [camera(1), camera(2)].map((each) =>
      next(each, results, { ip: String(each.spec?.['ip']) }),
    );
    const after = await run(wishes);
    expect(hostIdOf(after, camera(1))).toBe(first);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.1.1', 'cam-2': '10.20.1.2' });
  });

  it('that is gone already is gone', async () => {
    const results = await programmed([camera(1)]);
    const toGo = next(camera(1), results);
    expect(await run([toGo])).toMatchObject([{ outcome: 'applied', outputs: {} }]);
    forgetCalls();
    expect(await run([toGo])).toMatchObject([{ outcome: 'applied', outputs: {} }]);
    expect(made).toEqual([LIST]);
  });
});

describe.each(['remove-first', 'add-first'])('what changes hands at a vendor of %s', (bulkOrder) => {
  beforeEach(() => settings({ bulkOrder }));

  it('an address between two devices', async () => {
    const results = await programmed(cameras(3));
    const swapped = [
      next(camera(1), results, { ip: '10.20.1.2' }),
      next(camera(2), results, { ip: '10.20.1.1' }),
      next(camera(3), results, { ip: '10.20.1.3' }),
    ];
    expect(appliedOf(await run(swapped))).toHaveLength(3);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.1.2', 'cam-2': '10.20.1.1', 'cam-3': '10.20.1.3' });
  });

  it('a name that was exchanged at the vendor', async () => {
    const results = await programmed(cameras(2));
    const rename = (number: number, name: string) => changeHost(hostIdOf(results, camera(number)), { name });
    await rename(1, 'between');
    await rename(2, 'cam-1');
    await rename(1, 'cam-2');
    const wishes = [1, 2].map((number) => next(camera(number), results, { ip: `10.20.1.${number}` }));
    expect(appliedOf(await run(wishes))).toHaveLength(2);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.1.1', 'cam-2': '10.20.1.2' });
  });

  it('an address of a removed device, and a MAC address that is cleared', async () => {
    const withMac = device('cam-2', { ip: '10.20.1.2', macAddress: MAC });
    const results = await programmed([camera(1), withMac]);
    const wishes = [
      next(camera(1), results),
      next(withMac, results, { ip: '10.20.1.2' }),
      device('new', { ip: '10.20.1.1' }),
    ];
    expect(appliedOf(await run(wishes))).toHaveLength(3);
    expect(await hosts()).toMatchObject([
      { name: 'cam-2', ip: '10.20.1.2', macAddress: null },
      { name: 'new', ip: '10.20.1.1' },
    ]);
  });
});

describe('hosts of somebody else', () => {
  it('are never touched; a device that needs what they have is refused before any change', async () => {
    await stranger('cam-1', '10.20.9.1');
    await stranger('printer', '10.20.1.2');
    const strangers = await hosts();
    const results = await run(cameras(3));
    expect(refusedOf(results)).toEqual({ 'id-of-cam-1': 'NAME_TAKEN', 'id-of-cam-2': 'NAME_TAKEN' });
    expect(made).toEqual([LIST, CHANGE]);
    expect(await hosts()).toEqual([...strangers, expect.objectContaining({ name: 'cam-3' })]);

    forgetCalls();
    expect(refusedOf(await run(cameras(2)))).toEqual({
      'id-of-cam-1': 'NAME_TAKEN',
      'id-of-cam-2': 'NAME_TAKEN',
    });
    expect(made).toEqual([LIST]);
    expect(await run([device('cam-1')])).toMatchObject([{ outcome: 'applied' }]);
    expect(await hosts()).toHaveLength(3);
  });

  it('are not taken for ours when they look like it, unless an answer was lost', async () => {
    await stranger('cam-1', '10.20.1.1');
    expect(refusedOf(await run([camera(1)]))).toEqual({ 'id-of-cam-1': 'NAME_TAKEN' });
    expect(appliedOf(await run(lost([camera(1)])))).toHaveLength(1);
    await stranger('cam-2', '10.20.9.2');
    expect(refusedOf(await run(lost([camera(2)])))).toEqual({ 'id-of-cam-2': 'NAME_TAKEN' });
  });
});
