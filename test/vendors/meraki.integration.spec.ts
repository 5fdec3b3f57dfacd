import type { DeviceResult, WantedDevice } from '@app/vendors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, KEY, listOf, serial, textAt } from '../../sandbox/meraki/contract/sandbox-client.js';
import { deviceId, faultOf, markOf, MerakiBench, SITE_ID, siteWith, vendor } from './support/meraki-bench.js';

let bench: MerakiBench;
beforeAll(async () => {
  bench = await MerakiBench.start();
});
afterAll(() => bench.sandbox.close());
beforeEach(() => bench.reset());

const device = (number: number, more: Partial<WantedDevice> = {}): WantedDevice => ({
  resourceId: deviceId(number),
  name: `till-${number}`,
  spec: { serial: serial(number), tags: [] },
  applied: undefined,
  mayExist: false,
  ...more,
});
const devices = (count: number, more: Partial<WantedDevice> = {}): WantedDevice[] =>
  Array.from({ length: count }, (_, index) => device(index, more));
/** As the ledger knows a device after its round. */
const applied = (one: WantedDevice): WantedDevice => ({
  ...one,
  applied: { spec: one.spec ?? {}, outputs: { serial: at(one.spec, 'serial'), networkId: bench.networkId } },
});
const refusedIn = (results: readonly DeviceResult[]) =>
  results.flatMap((result) => (result.outcome === 'refused' ? [[result.resourceId, result.fault]] : []));
const CHANGING = ['createOrganizationActionBatch'];
const changesIn = (operations: readonly string[]) => operations.filter((one) => CHANGING.includes(one));

describe('a site', () => {
  it('becomes a network with our mark, in one call', async () => {
    const outputs = await bench.converge(siteWith({ tags: ['shop'] }));
    const [network] = await bench.sandbox.stored('networks');
    expect(network).toMatchObject({
      id: outputs['siteId'],
      name: 'acme-paris',
      timeZone: 'Europe/Paris',
      productTypes: ['appliance', 'switch', 'wireless'],
      tags: ['shop'],
      notes: `Shop${markOf(SITE_ID)}`,
    });
    expect(bench.operations()).toEqual(['createOrganizationNetwork']);
  });

  it('that is as it is to be is looked at, and no more', async () => {
    const outputs = await bench.converge(siteWith());
    bench.operations();
    expect(await bench.converge(siteWith(), true)).toEqual(outputs);
    expect(bench.operations()).toEqual(['getOrganizationNetworks']);
  });

  it('is edited in place, whatever name somebody gave it', async () => {
    const outputs = await bench.converge(siteWith());
    await bench.sandbox.steer('POST', '/objects:mutate', {
      vendor: 'meraki',
      account: bench.connection.accountId,
      kind: 'network',
      name: 'acme-paris',
      set: { name: 'renamed' },
    });
    const moved = siteWith({ location: { countryCode: 'DE', timezone: 'Europe/Berlin' }, tags: ['a', 'b'] });
    expect(await bench.converge(moved, true)).toEqual(outputs);
    const networks = await bench.sandbox.stored('networks');
    expect(networks).toMatchObject([{ name: 'acme-paris', timeZone: 'Europe/Berlin', tags: ['a', 'b'] }]);
    expect(bench.operations().slice(1)).toEqual(['getOrganizationNetworks', 'updateNetwork']);
  });

  it.each([false, true])('never takes over a network that is not ours (may exist: %s)', async (mayExist) => {
    await bench.sandbox.addNetwork('acme-paris', { notes: `Shop${markOf(deviceId(7))}` });
    const before = await bench.sandbox.stored('networks');
    expect(await faultOf(bench.converge(siteWith(), mayExist))).toEqual({
      code: 'NAME_TAKEN',
      message: 'a network named acme-paris exists already and is not ours',
      retryable: false,
    });
    await bench.remove();
    expect(await bench.sandbox.stored('networks')).toEqual(before);
  });

  it('goes with its devices, and may be gone already', async () => {
    await bench.withSite();
    await bench.round(devices(2));
    await bench.remove();
    await bench.remove();
    expect(await bench.sandbox.stored('networks')).toEqual([]);
    expect(listOf(await bench.sandbox.stored('devices'), 'networkId')).toEqual([null, null]);
  });

  it('keeps the kinds of devices that it was created with', () => {
    const { spec } = siteWith();
    expect(vendor.site.unsupportedChange(spec, siteWith({ tags: ['x'] }).spec)).toBeUndefined();
    expect(vendor.site.unsupportedChange(spec, siteWith({ productTypes: ['switch'] }).spec)).toMatchObject({
      path: 'productTypes',
    });
  });

  it.each([
    ['createOrganizationNetwork', 'reset_before'],
    ['createOrganizationNetwork', 'reset_after'],
    ['createOrganizationNetwork', 'malformed'],
    ['getOrganizationNetworks', 'reset_before'],
  ])('is created once, though %s ended with %s', async (operation, effect) => {
    await bench.fault(operation, effect);
    const mayExist = operation === 'getOrganizationNetworks';
    expect(await faultOf(bench.converge(siteWith(), mayExist))).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
    });
    await bench.converge(siteWith(), true);
    expect(listOf(await bench.sandbox.stored('networks'), 'name')).toEqual(['acme-paris']);
  });

  it.each(['reset_before', 'reset_after'])('is edited and removed in spite of %s', async (effect) => {
    await bench.converge(siteWith());
    const edited = siteWith({ description: 'Store' });
    await bench.fault('updateNetwork', effect);
    await bench.fault('deleteNetwork', effect);
    expect(await faultOf(bench.converge(edited, true))).toMatchObject({ code: 'VENDOR_UNAVAILABLE' });
    await bench.converge(edited, true);
    const [network] = await bench.sandbox.stored('networks');
    expect(network).toMatchObject({ notes: `Store${markOf(SITE_ID)}` });
    expect(await faultOf(bench.remove(edited))).toMatchObject({ code: 'VENDOR_UNAVAILABLE' });
    await bench.remove(edited);
    expect(await bench.sandbox.stored('networks')).toEqual([]);
  });
});

describe('devices', () => {
  beforeEach(() => bench.withSite());

  it('come fifty at a time in two calls and a look at the batch', async () => {
    const wanted = devices(50);
    const results = await bench.round(wanted);
    expect(results).toEqual(
      wanted.map(({ resourceId }, number) => ({
        resourceId,
        outcome: 'applied',
        outputs: { serial: serial(number), networkId: bench.networkId },
      })),
    );
    expect(bench.operations()).toEqual([
      'getNetworkDevices',
      'createOrganizationActionBatch',
      'getOrganizationActionBatch',
    ]);
    const stored = await bench.inNetwork();
    expect(stored).toHaveLength(50);
    expect(stored[7]).toMatchObject({
      serial: serial(7),
      name: 'till-7',
      notes: `till-7${markOf(deviceId(7))}`,
    });
  });

  it('that are as they are to be are listed, and no more', async () => {
    const wanted = devices(50);
    const first = await bench.round(wanted);
    bench.operations();
    expect(await bench.round(wanted.map(applied))).toEqual(first);
    expect(bench.operations()).toEqual(['getNetworkDevices']);
  });

  it('come, change and go in one batch', async () => {
    await bench.round([device(1), device(2), device(3)]);
    bench.operations();
    const spec = {
      serial: serial(2),
      description: 'Left',
      address: '1 Road',
      tags: ['b', 'a'],
      lat: 1,
      lng: 2,
    };
    const round = [
      { ...applied(device(1)), spec: undefined },
      { ...applied(device(2)), spec },
      applied(device(3)),
      device(4),
    ];
    expect(await bench.round(round)).toMatchObject([
      { outcome: 'applied', outputs: {} },
      { outcome: 'applied', outputs: { serial: serial(2) } },
      { outcome: 'applied' },
      { outcome: 'applied', outputs: { serial: serial(4) } },
    ]);
    expect(bench.operations()).toEqual(['getNetworkDevices', 'createOrganizationActionBatch']);
    const stored = await bench.inNetwork();
    expect(listOf(stored, 'serial')).toEqual([2, 3, 4].map(serial));
    const { description: _description, ...rest } = spec;
    expect(stored[0]).toMatchObject({ ...rest, notes: `Left${markOf(deviceId(2))}` });
  });

  it('change their hardware, even for that of one another', async () => {
    await bench.round(devices(50));
    const moved = devices(50).map((one, number) => ({
      ...applied(one),
      spec: { serial: serial(number < 2 ? 1 - number : number + 100), tags: [] },
    }));
    expect(refusedIn(await bench.round(moved))).toEqual([]);
    const stored = await bench.inNetwork();
    expect(stored).toHaveLength(50);
    const names = new Map(stored.map((one) => [at(one, 'serial'), at(one, 'name')]));
    expect([0, 1, 102].map((number) => names.get(serial(number)))).toEqual(['till-1', 'till-0', 'till-2']);
  });

  it('that are not ours stay as they are', async () => {
    const claim = `/networks/${bench.networkId}/devices/claim`;
    await bench.sandbox.call('POST', claim, { serials: [serial(900), serial(901)] });
    await bench.sandbox.call('PUT', `/devices/${serial(900)}`, { name: 'till-1', notes: 'hands off' });
    const before = await bench.inNetwork();
    const results = await bench.round([
      device(1, { spec: { serial: serial(900), tags: [] }, mayExist: true }),
      device(2, { spec: undefined, mayExist: true }),
      device(3),
    ]);
    expect(refusedIn(results)).toEqual([
      [deviceId(1), expect.objectContaining({ code: 'NAME_TAKEN', retryable: false })],
    ]);
    const after = await bench.inNetwork();
    expect(after.filter((one) => at(one, 'serial') !== serial(3))).toEqual(before);
  });

  it('want each serial once', async () => {
    const twin = device(2, { spec: { serial: serial(1), tags: [] } });
    const results = await bench.round([device(1), twin]);
    expect(refusedIn(results)).toEqual([
      [deviceId(2), expect.objectContaining({ message: `${serial(1)} is the device till-1 as well` })],
    ]);
    expect(refusedIn(await bench.round([twin]))).toMatchObject([[deviceId(2), { code: 'NAME_TAKEN' }]]);
    expect(await bench.inNetwork()).toMatchObject([{ name: 'till-1' }]);
  });

  it.each([[[31]], [[0, 24, 49]]])('are refused for the vendor’s reason, the others not: %j', async (bad) => {
    const serials = bad.map(serial);
    await bench.sandbox.call('POST', '/organizations/77/inventory/claim', { serials });
    const results = await bench.round(devices(50));
    expect(refusedIn(results)).toEqual(
      bad.map((number) => [
        deviceId(number),
        {
          code: 'VENDOR_REJECTED',
          message: `Device with serial ${serial(number)} is already claimed by another organization`,
          retryable: false,
        },
      ]),
    );
    expect(await bench.inNetwork()).toHaveLength(50 - bad.length);
    expect(changesIn(bench.operations())).toHaveLength(2);
  });

  it.each([[[31]], [[0, 24, 49]]])('that the vendor does not name are found by halves: %j', async (bad) => {
    const wanted = devices(50).map((one, number) =>
      bad.includes(number) ? { ...one, name: 'x'.repeat(128) } : one,
    );
    const results = await bench.round(wanted);
    expect(refusedIn(results)).toEqual(
      bad.map((number) => [deviceId(number), expect.objectContaining({ code: 'VENDOR_REJECTED' })]),
    );
    expect(await bench.inNetwork()).toHaveLength(50 - bad.length);
    expect(changesIn(bench.operations()).length).toBeLessThanOrEqual(1 + 2 * 6 * bad.length);
  });

  it('that were refused are told of, even if the round cannot go on', async () => {
    const serials = [serial(31)];
    await bench.sandbox.call('POST', '/organizations/77/inventory/claim', { serials });
    await bench.fault('createOrganizationActionBatch', 'status', { nth: 2, status: 503 });
    const results = await bench.round(devices(50));
    expect(results).toMatchObject([{ resourceId: deviceId(31), outcome: 'refused' }]);
    expect(await bench.inNetwork()).toEqual([]);
  });

  it('of a network that is gone are gone too, and new ones have no place', async () => {
    await bench.remove();
    const results = await bench.round([device(1), { ...applied(device(2)), spec: undefined }]);
    expect(results).toMatchObject([
      { outcome: 'refused', fault: { message: `the network ${bench.networkId} is gone` } },
      { outcome: 'applied', outputs: {} },
    ]);
  });

  it.each([
    ['getNetworkDevices', 'reset_before'],
    ['createOrganizationActionBatch', 'reset_before'],
    ['createOrganizationActionBatch', 'reset_after'],
    ['createOrganizationActionBatch', 'malformed'],
    ['runActionBatch', 'status'],
  ])('are changed once, though %s ended with %s', async (operation, effect) => {
    await bench.fault(operation, effect);
    expect(await faultOf(bench.round(devices(50)))).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
    });
    expect(refusedIn(await bench.round(devices(50, { mayExist: true })))).toEqual([]);
    expect(await bench.inNetwork()).toHaveLength(50);
    bench.operations();
    await bench.round(devices(50).map(applied));
    expect(bench.operations()).toEqual(['getNetworkDevices']);
  });

  it('wait for the batch whose answer was lost before they look', async () => {
    await bench.set({ batchMs: 1000 });
    await bench.fault('createOrganizationActionBatch', 'reset_after');
    await faultOf(bench.round(devices(50)));
    bench.operations();
    expect(refusedIn(await bench.round(devices(50, { mayExist: true })))).toEqual([]);
    const operations = bench.operations();
    expect(operations[0]).toBe('getOrganizationActionBatches');
    expect(operations.at(-1)).toBe('getNetworkDevices');
    expect(changesIn(operations)).toEqual([]);
    expect(await bench.inNetwork()).toHaveLength(50);
  });

  it('go without a trace, though their creation was never answered', async () => {
    await bench.fault('createOrganizationActionBatch', 'reset_after');
    await faultOf(bench.round([device(1)]));
    await bench.round([device(1, { spec: undefined, mayExist: true })]);
    expect(await bench.inNetwork()).toEqual([]);
  });

  it('survive a look at their batch that fails', async () => {
    await bench.fault('getOrganizationActionBatch', 'status', { status: 502 });
    expect(refusedIn(await bench.round(devices(50)))).toEqual([]);
    expect(changesIn(bench.operations())).toHaveLength(1);
  });

  it('wait while as many batches run as the vendor allows', async () => {
    await bench.set({ batchMs: 2000 });
    const actions = [{ resource: `/networks/${bench.networkId}`, operation: 'update', body: {} }];
    for (let running = 0; running < 5; running += 1) {
      await bench.sandbox.call('POST', 'actionBatches', { confirmed: true, actions });
    }
    expect(await bench.round([device(1)])).toMatchObject([{ outcome: 'applied' }]);
    expect(changesIn(bench.operations()).length).toBeGreaterThan(1);
  });
});

describe('the vendor’s word', () => {
  it('on its limit says when to come back, and nothing was tried twice', async () => {
    await bench.withSite();
    await bench.set({ rateLimits: true });
    // Slow enough for the bucket to stay empty.
    await bench.sandbox.steer('POST', '/clock', { scale: 0.1 });
    await Promise.all(
      Array.from({ length: 30 }, () => bench.sandbox.send('GET', `/networks/${bench.networkId}`)),
    );
    expect(await faultOf(bench.round([device(1)]))).toEqual({
      code: 'VENDOR_RATE_LIMITED',
      message: 'API rate limit exceeded for organization',
      retryable: true,
      retryAfterMs: 1000,
    });
    expect(bench.operations()).toEqual(['getNetworkDevices']);
  });

  it('on a wrong key is final, and no fault repeats the key', async () => {
    const key = 'invalid';
    await bench.withSite();
    const connection = { ...bench.connection, credentials: { apiKey: key } };
    const fault = await faultOf(bench.round([device(1)], connection));
    expect(fault).toEqual({ code: 'VENDOR_AUTH_FAILED', message: 'Invalid API key', retryable: false });
  });

  it('never comes with a secret', async () => {
    const faults = [];
    for (const effect of ['reset_before', 'malformed', 'status']) {
      await bench.fault('getOrganizationNetworks', effect);
      faults.push(await faultOf(bench.converge(siteWith(), true)));
    }
    expect(JSON.stringify(faults)).not.toContain(KEY);
  });

  it('is asked for by way of the meter alone', async () => {
    await bench.converge(siteWith());
    bench.networkId = textAt(await bench.converge(siteWith(), true), 'siteId');
    await bench.round(devices(50));
    await bench.remove();
    const metered: Record<string, number> = {};
    for (const operation of bench.metered) metered[operation] = (metered[operation] ?? 0) + 1;
    expect(await bench.counted()).toEqual(metered);
  });
});
