import { VendorFaultError, type DeviceResult } from '@app/vendors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedVersa, type ConvergedSite, type Organization } from './support/simulated-versa.js';
import { addDevices, applied, gone, refusedOf, wanted, wantedAs } from './support/versa-devices.js';

let director: SimulatedVersa;
let acme: Organization;
let site: ConvergedSite;
beforeAll(async () => {
  director = await SimulatedVersa.start();
});
beforeEach(async () => {
  acme = director.organization();
  site = await acme.converge();
});
afterEach(() => director.forget());
afterAll(() => director.close());

const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no fault',
    (error: unknown) => (error instanceof VendorFaultError ? error.fault : error),
  );

const appliancesOf = async (): Promise<string[]> => (await acme.objects()).appliances.map(({ name }) => name);
const bindingOf = async (name: string): Promise<unknown> =>
  (await acme.objects()).appliances.find((one) => one.name === name)?.bindings;

describe('a round of fifty', () => {
  it('makes one task of them, and nothing the second time', async () => {
    const devices = wanted(50);
    const calls = await acme.callsOf(async () => {
      const results = await acme.round(site, devices);
      expect(results).toHaveLength(50);
      expect(results[0]).toEqual({
        resourceId: 'r-d1',
        outcome: 'applied',
        outputs: { deviceName: 'acme-paris-d1', branchId: expect.stringMatching(/^\d+$/) },
      });
      expect(refusedOf(results)).toEqual({});
    });
    const { 'task:get': looks, ...others } = calls;
    expect(looks).toBeLessThan(5);
    expect(others).toEqual({
      'device:list': 2,
      'globalId:branch': 50,
      'device:create': 50,
      'device:bulkDeploy': 1,
      'deviceGroup:deviceStatus': 1,
    });
    const { appliances } = await acme.objects();
    expect(new Set(appliances.map(({ branchId }) => branchId)).size).toBe(50);
    const again = await acme.callsOf(() => acme.round(site, applied(devices)));
    expect(again).toEqual({ 'device:list': 1, 'deviceGroup:deviceStatus': 1 });
  });

  it('changes variables by one commit, of those alone that differ', async () => {
    const devices = await addDevices(acme, site, 50);
    const changed = devices.map((device, index) =>
      index < 10 ? { ...device, spec: { ...device.spec, variables: { v_lan: `10.0.0.${index}` } } } : device,
    );
    const calls = await acme.callsOf(async () => {
      expect(refusedOf(await acme.round(site, changed))).toEqual({});
    });
    expect(calls).toMatchObject({ 'bindData:update': 10, 'template:commit': 1 });
    expect(calls).not.toHaveProperty('device:bulkDeploy');
    expect(await bindingOf('acme-paris-d3')).toEqual({ '{$v_lan}': '10.0.0.2' });
    expect(await bindingOf('acme-paris-d11')).toEqual({});
  });

  it.each([
    ['one is bad', ['d7']],
    ['three are bad', ['d1', 'd26', 'd50']],
  ])('of which %s has the others done, though nobody says which it is', async (_what, bad) => {
    await director.configure({ taskFailures: 'task' });
    for (const name of bad) {
      await acme.order({
        operation: `task:deploy:acme-paris-${name}`,
        effect: 'status',
        message: 'bad licence',
      });
    }
    const devices = wanted(50);
    let refused: Record<string, string> = {};
    const calls = await acme.callsOf(async () => {
      refused = refusedOf(await acme.round(site, devices));
    });
    expect(refused).toEqual(Object.fromEntries(bad.map((name) => [`r-${name}`, 'bad licence'])));
    expect(calls['device:bulkDeploy']).toBeLessThanOrEqual(1 + bad.length * 12);
    expect(await appliancesOf()).toHaveLength(50 - bad.length);
    // What was never a device is not left behind.
    expect((await acme.objects()).workflows).toHaveLength(50 - bad.length);
  });

  it('of which three are named as bad needs no more than one task', async () => {
    for (const name of ['d3', 'd4', 'd40']) {
      await acme.order({
        operation: `task:deploy:acme-paris-${name}`,
        effect: 'status',
        message: 'bad licence',
      });
    }
    const calls = await acme.callsOf(async () => {
      const refused = refusedOf(await acme.round(site, wanted(50)));
      expect(Object.keys(refused)).toEqual(['r-d3', 'r-d4', 'r-d40']);
    });
    expect(calls).toMatchObject({ 'device:bulkDeploy': 1, 'device:delete': 3 });
  });

  it('removes what is to go, and nothing else', async () => {
    const devices = await addDevices(acme, site, 50);
    const results = await acme.round(site, gone(devices.slice(0, 48)));
    expect(results[0]).toEqual({ resourceId: 'r-d1', outcome: 'applied', outputs: {} });
    expect(await appliancesOf()).toEqual(['acme-paris-d49', 'acme-paris-d50']);
    const again = await acme.callsOf(() => acme.round(site, gone(devices.slice(0, 48))));
    expect(again).toEqual({ 'device:list': 1 });
  });
});

describe('a lost answer', () => {
  it.each([
    ['globalId:branch', 'reset_before'],
    ['device:create', 'reset_before'],
    ['device:create', 'reset_after'],
    ['device:bulkDeploy', 'reset_before'],
    ['device:bulkDeploy', 'reset_after'],
    ['device:list', 'reset_before'],
  ])('of %s (%s) makes no device twice', async (operation, effect) => {
    await acme.order({ operation, effect, nth: 1 });
    expect(await faultOf(acme.round(site, wanted(8)))).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
    });
    // A task that was begun may still be at it: its devices are busy until it has ended.
    const again = async () => {
      let results: DeviceResult[] = [];
      const fault = await faultOf(
        acme.round(site, wanted(8, { mayExist: true })).then((answers) => (results = answers)),
      );
      return fault === 'no fault' && results.filter(({ outcome }) => outcome === 'applied').length === 8;
    };
    await expect.poll(again, { timeout: 10_000 }).toBe(true);
    const { appliances, workflows } = await acme.objects();
    expect([appliances.length, workflows.length]).toEqual([8, 8]);
    expect(new Set(appliances.map(({ branchId }) => branchId)).size).toBe(8);
  });

  it.each([
    ['bindData:update', 'reset_after'],
    ['template:commit', 'reset_before'],
    ['template:commit', 'reset_after'],
  ])('of %s (%s) is made good by the next round', async (operation, effect) => {
    await addDevices(acme, site, 5);
    await acme.order({ operation, effect, nth: 1 });
    const devices = wanted(5, { mayExist: true, variables: { v_lan: '10.0.0.1' } });
    expect(await faultOf(acme.round(site, devices))).toMatchObject({ retryable: true });
    expect(refusedOf(await acme.round(site, devices))).toEqual({});
    const { appliances } = await acme.objects();
    expect(appliances.map(({ bindings, syncStatus }) => [bindings, syncStatus])).toEqual(
      Array.from({ length: 5 }, () => [{ '{$v_lan}': '10.0.0.1' }, 'IN_SYNC']),
    );
  });

  it.each(['reset_before', 'reset_after'])('of device:delete (%s) is no obstacle', async (effect) => {
    const devices = gone(await addDevices(acme, site, 5));
    await acme.order({ operation: 'device:delete', effect, nth: 2 });
    expect(await faultOf(acme.round(site, devices))).toMatchObject({ retryable: true });
    const again = () => acme.round(site, devices).catch(() => []);
    await expect.poll(again, { timeout: 10_000 }).toHaveLength(5);
    expect(await appliancesOf()).toEqual([]);
  });

  it('of a look at a task is no reason to give up', async () => {
    await acme.order({ operation: 'task:get', effect: 'status', status: 503, times: 2 });
    expect(refusedOf(await acme.round(site, wanted(5)))).toEqual({});
  });
});

describe('the task', () => {
  it('that did what it says it did not is believed by the list alone', async () => {
    await acme.order({ operation: 'task:deploy', effect: 'reset_after', message: 'no answer', nth: 1 });
    await acme.round(site, wanted(1));
    expect(await appliancesOf()).toEqual(['acme-paris-d1']);
  });

  it('that meets trouble at the Director is for another time', async () => {
    await acme.order({ operation: 'task:deploy', effect: 'status', message: 'internal error', nth: 1 });
    expect(await faultOf(acme.round(site, wanted(5)))).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
    });
    expect(refusedOf(await acme.round(site, wanted(5, { mayExist: true })))).toEqual({});
  });
});

it('a round that is cut short tells what was refused before, and the rest stays due', async () => {
  await director.configure({ taskFailures: 'task' });
  await acme.order({ operation: 'task:deploy:acme-paris-d1', effect: 'status', message: 'bad licence' });
  await acme.order({ operation: 'device:bulkDeploy', effect: 'status', status: 503, nth: 4 });
  const cut = await acme.round(site, wanted(4));
  expect(cut.map(({ resourceId, outcome }) => [resourceId, outcome])).toEqual([['r-d1', 'refused']]);
  const rest = wanted(4, { mayExist: true }).slice(1);
  expect(refusedOf(await acme.round(site, rest))).toEqual({});
});

describe('site ids', () => {
  it('that are given out twice are asked for again', async () => {
    await director.configure({ repeatAvailableIds: true });
    expect(refusedOf(await acme.round(site, wanted(6)))).toEqual({});
    const { appliances } = await acme.objects();
    expect(new Set(appliances.map(({ branchId }) => branchId)).size).toBe(6);
  });

  it('that another writer has taken meanwhile are replaced', async () => {
    await addDevices(acme, site, 1);
    const { workflows } = await acme.objects();
    await acme.order({ operation: 'task:deploy', effect: 'status', message: 'internal error', nth: 1 });
    await faultOf(acme.round(site, [wantedAs('d2')]));
    const body = (await acme.objects()).workflows.find(({ name }) => name === 'acme-paris-d2')?.body;
    await acme.mutate('workflow', 'acme-paris-d2', {
      body: { ...body, siteId: workflows[0]?.body['siteId'] },
    });
    expect(refusedOf(await acme.round(site, [wantedAs('d2', { mayExist: true })]))).toEqual({});
    const { appliances } = await acme.objects();
    expect(new Set(appliances.map(({ branchId }) => branchId)).size).toBe(2);
  });
});

describe('a device', () => {
  it('gets another serial number by a deploy', async () => {
    const devices = applied(await addDevices(acme, site, 2));
    const changed = devices.map((device) => ({ ...device, spec: { serialNumber: `NEW-${device.name}` } }));
    expect(refusedOf(await acme.round(site, changed))).toEqual({});
    expect((await acme.objects()).appliances.map(({ serialNumber }) => serialNumber)).toEqual([
      'NEW-d1',
      'NEW-d2',
    ]);
  });

  it('may have the serial number of one that goes in the same round', async () => {
    const [first] = await addDevices(acme, site, 1);
    if (first === undefined) throw new Error('there is no device');
    const successor = { ...wantedAs('d2'), spec: first.spec };
    expect(refusedOf(await acme.round(site, [successor, ...gone([first])]))).toEqual({});
    expect(await appliancesOf()).toEqual(['acme-paris-d2']);
  });

  it('whose serial number belongs to another is refused alone', async () => {
    await addDevices(acme, site, 1);
    const thief = { ...wantedAs('d2'), spec: { serialNumber: 'SN-d1' } };
    const results = await acme.round(site, [thief, wantedAs('d3')]);
    expect(refusedOf(results)).toEqual({ 'r-d2': 'serial number SN-d1 belongs to acme-paris-d1' });
    expect(await appliancesOf()).toEqual(['acme-paris-d1', 'acme-paris-d3']);
    // Corrected, it is welcome, whether or not the earlier try is on record.
    expect(refusedOf(await acme.round(site, [wantedAs('d2')]))).toEqual({});
  });

  it('without a value for a variable of the template is refused alone', async () => {
    const config = { system: { host: '{$v_host}' } };
    await acme.mutate('template', 'acme-paris', { config });
    const results = await acme.round(site, [
      wantedAs('d1'),
      wantedAs('d2', { variables: { v_host: 'two' } }),
    ]);
    expect(refusedOf(results)).toEqual({ 'r-d1': 'variable {$v_host} has no value' });
  });

  it('that is busy does not hold up the others, and stays due', async () => {
    const devices = await addDevices(acme, site, 20);
    await acme.order({ operation: 'task:deploy', effect: 'hang', nth: 1 });
    await acme.byHand('POST', '/vnms/sdwan/workflow/devices/device/deploy/acme-paris-d5');
    const changed = devices.map((device) => ({ ...device, spec: { serialNumber: `NEW-${device.name}` } }));
    const results = await acme.round(site, changed);
    expect(refusedOf(results)).toEqual({});
    const answered = results.map(({ resourceId }) => resourceId);
    expect(answered).toEqual(devices.map(({ resourceId }) => resourceId).filter((id) => id !== 'r-d5'));
    await director.forget();
    await expect.poll(() => acme.round(site, changed)).toHaveLength(20);
  });

  it.each([1, 20])('that is busy with all others, %d in all, has the round put off', async (count) => {
    const devices = await addDevices(acme, site, count);
    await acme.order({ operation: 'device:bulkDeploy', effect: 'reset_after', nth: 1 });
    await acme.order({ operation: 'task:deploy', effect: 'hang', nth: 1 });
    const changed = devices.map((device) => ({ ...device, spec: { serialNumber: `NEW-${device.name}` } }));
    expect(await faultOf(acme.round(site, changed))).toMatchObject({ code: 'VENDOR_UNAVAILABLE' });
    const busy = { code: 'VENDOR_UNAVAILABLE', retryable: true, isBusy: true };
    // Another change of the same devices, and that they go, have to wait for the task as well.
    const other = devices.map((device) => ({ ...device, spec: { serialNumber: `OTHER-${device.name}` } }));
    expect(await faultOf(acme.round(site, other))).toMatchObject(busy);
    expect(await faultOf(acme.round(site, gone(devices)))).toMatchObject(busy);
    await director.forget();
    await expect.poll(() => acme.round(site, other).catch(() => [])).toHaveLength(count);
  });
});

const workflowBy = (orgName: string, deviceName: string, deviceGroup: string) => ({
  'versanms.sdwan-device-workflow': {
    deviceName,
    deviceGroup,
    siteId: '900',
    orgName,
    serialNumber: `THEIRS-${deviceName}`,
  },
});

describe('what is not ours', () => {
  const PATH = '/vnms/sdwan/workflow/devices/device';

  it('is not touched: a device that was put into the group by hand', async () => {
    await acme.byHand('POST', PATH, workflowBy(acme.id, 'acme-paris-d1', 'acme-paris'));
    const results = await acme.round(site, wanted(5));
    expect(results[0]).toMatchObject({ outcome: 'refused', fault: { code: 'NAME_TAKEN', retryable: false } });
    await acme.round(site, gone([wantedAs('d1')]));
    expect((await acme.objects()).workflows.find(({ name }) => name === 'acme-paris-d1')).toMatchObject({
      status: 'Saved',
      body: { serialNumber: 'THEIRS-acme-paris-d1' },
    });
  });

  it('is not touched: a device of our name in another group', async () => {
    await acme.byHand('POST', PATH, workflowBy(acme.id, 'acme-paris-d1', 'elsewhere'));
    const before = await acme.objects();
    const [device] = await acme.round(site, [wantedAs('d1', { mayExist: true })]);
    expect(device).toMatchObject({ outcome: 'refused', fault: { code: 'NAME_TAKEN' } });
    await acme.round(site, gone(applied([wantedAs('d1')])));
    expect(await acme.objects()).toEqual(before);
  });
});
