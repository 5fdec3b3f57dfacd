import {
  unmetered,
  vendorOf,
  type CallMeter,
  type DeviceResult,
  type VendorConnection,
  type WantedDevice,
} from '@app/vendors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  addSite,
  at,
  SandboxClient,
  textAt,
  TOKEN,
} from '../../sandbox/cato/contract/sandbox-client.js';

const LIST = 'staticHostList';
const CHANGE = 'updateSiteStaticHosts';
const UPDATE = 'updateStaticHostBulk';
const MAC = '00:11:22:aa:bb:cc';

let vendor: SandboxClient;
let siteId: string;
/** The calls that the adapter has made since the test began, or since it was emptied. */
let made: string[];
beforeAll(async () => {
  vendor = await SandboxClient.start();
});
beforeEach(async () => {
  await vendor.steer('POST', '/reset');
  await settings({ strict: true });
  siteId = await addSite(vendor, 'acme-paris', { nativeNetworkRange: '10.20.0.0/16' });
  made = [];
});
afterAll(() => vendor.close());

const settings = (chosen: Record<string, unknown>) =>
  vendor.steer('POST', '/settings', { vendor: 'cato', ...chosen });
const fault = (operation: string, rule: Record<string, unknown>) =>
  vendor.steer('POST', '/faults', { vendor: 'cato', operation, ...rule });

const counting: CallMeter = {
  call: (operation, make) => {
    made.push(operation);
    return make();
  },
};
/** Somebody else is quicker: something happens right before a call. */
const before = (operation: string, happens: () => Promise<unknown>): CallMeter => ({
  call: async (name, make) => {
    if (name === operation && !made.includes(operation)) await happens();
    return counting.call(name, make);
  },
});
class NoBudget extends Error {}
/** A budget that is used up after so many changes. */
const changesAtMost = (most: number): CallMeter => ({
  call: (operation, make) => {
    if (operation === CHANGE && made.filter((name) => name === CHANGE).length >= most)
      return Promise.reject(new NoBudget('no budget'));
    return counting.call(operation, make);
  },
});

interface Spec extends Record<string, unknown> {
  ip: string;
  macAddress?: string;
}
const device = (name: string, spec?: Spec, over: Partial<WantedDevice> = {}): WantedDevice => ({
  resourceId: `id-of-${name}`,
  name,
  spec,
  applied: undefined,
  mayExist: false,
  ...over,
});
const camera = (number: number) => device(`cam-${number}`, { ip: `10.20.1.${number}` });
const cameras = (count: number) => Array.from({ length: count }, (_, index) => camera(index + 1));
/** It has an address that no range of the site holds. */
const bad = (number: number) => device(`bad-${number}`, { ip: `10.99.0.${number}` });

const programming = () => {
  const { devices } = vendorOf('cato');
  if (devices === undefined) throw new Error('Cato has no devices');
  return devices;
};
interface RunOptions {
  meter?: CallMeter;
  signal?: AbortSignal;
  site?: string;
}
function run(devices: readonly WantedDevice[], options: RunOptions = {}): Promise<DeviceResult[]> {
  const { meter = counting, signal = new AbortController().signal, site = siteId } = options;
  const connection: VendorConnection = {
    baseUrl: vendor.catoUrl,
    accountId: ACCOUNT,
    credentials: { token: TOKEN },
    meter,
  };
  return programming().converge({
    site: { resourceId: 'site', vendorName: 'acme-paris', outputs: { siteId: site } },
    devices,
    connection,
    signal,
  });
}
/** A round whose answers were lost, as the ledger sees the devices after it. */
const lost = (devices: readonly WantedDevice[]) => devices.map((each) => ({ ...each, mayExist: true }));

/** The device as the ledger knows it after a round, with its next wish. */
function next(before: WantedDevice, results: readonly DeviceResult[], spec?: Spec): WantedDevice {
  const result = results.find(({ resourceId }) => resourceId === before.resourceId);
  if (result?.outcome !== 'applied' || before.spec === undefined)
    throw new Error(`${before.name} is not applied`);
  return { ...before, spec, applied: { spec: before.spec, outputs: result.outputs } };
}
async function programmed(devices: readonly WantedDevice[]): Promise<DeviceResult[]> {
  const results = await run(devices);
  expect(appliedOf(results)).toHaveLength(devices.length);
  made = [];
  return results;
}

const appliedOf = (results: readonly DeviceResult[]) =>
  results.filter(({ outcome }) => outcome === 'applied');
const refusedOf = (results: readonly DeviceResult[]) =>
  Object.fromEntries(
    results.flatMap((result) =>
      result.outcome === 'refused' ? [[result.resourceId, result.fault.code]] : [],
    ),
  );
const hostIdOf = (results: readonly DeviceResult[], { resourceId }: WantedDevice): string =>
  textAt(
    results.find((result) => result.resourceId === resourceId),
    'outputs',
    'hostId',
  );

interface Host {
  hostId: string;
  name: string;
  ip: string;
  macAddress: string | null;
}
async function hosts(): Promise<Host[]> {
  const objects = await vendor.steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`);
  const found = at(objects, 'objects', 'hosts');
  if (!Array.isArray(found)) throw new Error('no hosts');
  return found.map((host) => ({
    hostId: textAt(host, 'hostId'),
    name: textAt(host, 'name'),
    ip: textAt(host, 'ip'),
    macAddress: at(host, 'macAddress') === null ? null : textAt(host, 'macAddress'),
  }));
}
const addresses = async () => Object.fromEntries((await hosts()).map(({ name, ip }) => [name, ip]));
/** A host that somebody else has made. */
async function stranger(name: string, ip: string): Promise<void> {
  await vendor.call('siteAddStaticHost', { siteId, addStaticHostInput: { name, ip } });
}

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

    made = [];
    const again = devices.map((each) => next(each, results, { ip: String(each.spec?.['ip']) }));
    expect(await run(again)).toEqual(results);
    expect(made).toEqual([LIST]);
  });

  it('are counted under the vendor’s own names', async () => {
    await run([camera(1)]);
    const answer = await vendor.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`);
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

    made = [];
    const third = await run([next(withMac, second, { ip: '10.20.1.9' })]);
    expect(made).toEqual([LIST, CHANGE]);
    expect(await hosts()).toEqual([
      { hostId: hostIdOf(third, camera(1)), name: 'cam-1', ip: '10.20.1.9', macAddress: null },
    ]);
  });

  it('that was renamed or removed at the vendor comes back', async () => {
    const results = await programmed([camera(1), camera(2)]);
    const [first, second] = [1, 2].map((number) => hostIdOf(results, camera(number)));
    const back = { vendor: 'cato', account: ACCOUNT, kind: 'host' };
    await vendor.steer('POST', '/objects:mutate', { ...back, id: first, set: { name: 'other' } });
    await vendor.steer('POST', '/objects:delete', { ...back, id: second });
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
    made = [];
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
    const rename = (number: number, name: string) =>
      vendor.steer('POST', '/objects:mutate', {
        vendor: 'cato',
        account: ACCOUNT,
        kind: 'host',
        id: hostIdOf(results, camera(number)),
        set: { name },
      });
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
      made = [];
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

describe('hosts of somebody else', () => {
  it('are never touched; a device that needs what they have is refused before any change', async () => {
    await stranger('cam-1', '10.20.9.1');
    await stranger('printer', '10.20.1.2');
    const strangers = await hosts();
    const results = await run(cameras(3));
    expect(refusedOf(results)).toEqual({ 'id-of-cam-1': 'NAME_TAKEN', 'id-of-cam-2': 'NAME_TAKEN' });
    expect(made).toEqual([LIST, CHANGE]);
    expect(await hosts()).toEqual([...strangers, expect.objectContaining({ name: 'cam-3' })]);

    made = [];
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

describe('somebody who changes the site meanwhile', () => {
  const remove = (id: string) =>
    vendor.steer('POST', '/objects:delete', { vendor: 'cato', account: ACCOUNT, kind: 'host', id });

  it('removes a host that is to be edited: it is made anew', async () => {
    const results = await programmed(cameras(3));
    const wishes = cameras(3).map((each, index) => next(each, results, { ip: `10.20.2.${index + 1}` }));
    const meter = before(UPDATE, () => remove(hostIdOf(results, camera(2))));
    expect(appliedOf(await run(wishes, { meter }))).toHaveLength(3);
    expect(await addresses()).toEqual({ 'cam-1': '10.20.2.1', 'cam-2': '10.20.2.2', 'cam-3': '10.20.2.3' });
  });

  it('removes a host that is to go: it is gone', async () => {
    const results = await programmed(cameras(2));
    const meter = before(CHANGE, () => remove(hostIdOf(results, camera(1))));
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
    const meter = before(CHANGE, () => vendor.call('siteRemoveSite', { siteId }));
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
    made = [];
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
    await expect(run(cameras(2))).rejects.toThrow();
    const attempted = (number: number) => ({ mayExist: true, attempted: camera(number).spec });
    const results = await run([
      device('cam-1', { ip: '10.20.1.7' }, attempted(1)),
      device('cam-2', undefined, attempted(2)),
    ]);
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
    await vendor.steer('GET', `/calls?vendor=cato&operation=${CHANGE}&atLeast=1&waitMs=5000`);
    controller.abort(new Error('not needed any more'));
    expect(await ended).toEqual(new Error('not needed any more'));
    await vendor.steer('DELETE', `/faults/${String(id)}`);
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
