import { vendorOf, VendorFaultError } from '@app/vendors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signal, SimulatedVersa, SITE, type Organization } from './support/simulated-versa.js';
import { addDevices, wanted } from './support/versa-devices.js';

let director: SimulatedVersa;
let acme: Organization;
beforeAll(async () => {
  director = await SimulatedVersa.start();
});
beforeEach(() => {
  acme = director.organization();
});
afterEach(() => director.forget());
afterAll(() => director.close());

const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no fault',
    (error: unknown) => (error instanceof VendorFaultError ? error.fault : error),
  );

describe('the token of a login', () => {
  it('is asked for once, however many call at once', async () => {
    const calls = await acme.callsOf(() => Promise.all(Array.from({ length: 50 }, () => acme.remove())));
    expect(calls).toEqual({ 'auth:token': 1, 'template:get': 50, 'deviceGroup:get': 50 });
  });

  it('that has ended is replaced once, without one more in the quota', async () => {
    await director.configure({ maxAccessTokensPerUser: 1 });
    await acme.remove();
    await director.admin('POST', '/clock', { advanceMs: 3_600_000 });
    const calls = await acme.callsOf(() => Promise.all([acme.remove(), acme.remove(), acme.remove()]));
    expect(calls).toEqual({ 'auth:refresh': 1, 'template:get': 3, 'deviceGroup:get': 3 });
  });

  it('that was revoked is replaced by a new one', async () => {
    await acme.remove();
    await vendorOf('versa').close?.(signal);
    expect(await acme.callsOf(() => acme.remove())).toMatchObject({ 'auth:token': 1 });
  });

  it('is renewed before it ends', async () => {
    // A hundred seconds of the sandbox's are one of ours.
    await director.configure({ accessTokenSeconds: 100 });
    await acme.remove();
    const renewed = () => acme.callsOf(() => acme.remove());
    await expect.poll(renewed, { timeout: 5000 }).toMatchObject({ 'auth:refresh': 1, 'template:get': 1 });
  });

  it('that the quota has no room for is something to wait for', async () => {
    await director.configure({ maxAccessTokensPerUser: 1 });
    const { clientId, clientSecret, username, password } = acme.connection.credentials;
    const login = { grant_type: 'password', client_id: clientId, client_secret: clientSecret };
    const other = await acme.byHand('POST', '/auth/token', { ...login, username, password });
    expect(await faultOf(acme.remove())).toEqual({
      code: 'VENDOR_RATE_LIMITED',
      message: expect.stringMatching(/no more access tokens: maximum number/),
      retryable: true,
    });
    await acme.byHand('POST', '/auth/revoke', { access_token: other['access_token'] });
    await acme.remove();
  });

  it('is not given to whoever is wrong about the password', async () => {
    await acme.remove();
    const { connection } = acme;
    const credentials = { ...connection.credentials, clientSecret: 'invalid' };
    const fault = await faultOf(acme.remove('r-paris', { ...connection, credentials }));
    expect(fault).toMatchObject({ code: 'VENDOR_AUTH_FAILED', retryable: false });
    expect(JSON.stringify(fault)).not.toMatch(/canary|invalid/);
  });
});

describe('a site', () => {
  it('is a deployed template and a device group that uses it', async () => {
    const { outputs } = await acme.converge();
    expect(outputs).toMatchObject({
      siteId: 'acme-paris',
      deviceGroup: 'acme-paris',
      templateName: 'acme-paris',
    });
    expect(await acme.objects()).toMatchObject({
      templates: [
        {
          name: 'acme-paris',
          isDeployed: true,
          workflow: {
            description: 'Paris office [sw:r-paris]',
            controllers: ['controller-1'],
            orgName: acme.id,
          },
        },
      ],
      deviceGroups: [
        { body: { 'dg:poststaging-template': 'acme-paris', 'dg:staging-controller': 'controller-1' } },
      ],
    });
  });

  it('that is as wanted is not changed', async () => {
    await acme.converge();
    const calls = await acme.callsOf(() => acme.converge({}, { mayExist: true }));
    expect(calls).toEqual({ 'template:get': 1, 'deviceGroup:get': 1, 'device:list': 1 });
  });

  it('brings a change to its devices by one commit', async () => {
    const site = await acme.converge();
    await addDevices(acme, site, 3);
    const more = { description: 'Paris, rue de Rivoli', bandwidthMbps: 200 };
    const calls = await acme.callsOf(() => acme.converge(more, { mayExist: true }));
    expect(calls).toMatchObject({ 'template:update': 1, 'template:deploy': 1, 'template:commit': 1 });
    const { templates, appliances } = await acme.objects();
    expect(templates[0]?.workflow).toMatchObject({
      description: 'Paris, rue de Rivoli [sw:r-paris]',
      bandwidth: '200',
    });
    expect(appliances.map(({ syncStatus }) => syncStatus)).toEqual(['IN_SYNC', 'IN_SYNC', 'IN_SYNC']);
  });

  it('that moves takes its devices along', async () => {
    const site = await acme.converge();
    await addDevices(acme, site, 2);
    const location = { countryCode: 'DE', city: 'Berlin', latitude: 52.5, longitude: 13.4 };
    await acme.converge({ location, controllers: ['controller-2'] }, { mayExist: true });
    const { appliances, deviceGroups } = await acme.objects();
    expect(appliances.map((one) => one.location)).toMatchObject([
      { country: 'Germany', city: 'Berlin' },
      { country: 'Germany', city: 'Berlin' },
    ]);
    expect(deviceGroups[0]?.body).toMatchObject({
      'dg:staging-controller': 'controller-2',
      'inventory-name': ['acme-paris-d1', 'acme-paris-d2'],
    });
  });

  it('keeps what others have put into its template', async () => {
    await acme.converge();
    const { templates } = await acme.objects();
    await acme.mutate('template', 'acme-paris', {
      workflow: { ...templates[0]?.workflow, wanInterfaces: [{ interfaceName: 'vni-0/0' }] },
    });
    await acme.converge({ description: 'Paris 2' }, { mayExist: true });
    expect((await acme.objects()).templates[0]?.workflow).toMatchObject({
      description: 'Paris 2 [sw:r-paris]',
      wanInterfaces: [{ interfaceName: 'vni-0/0' }],
    });
  });

  it('goes with all its devices, and is gone already the second time', async () => {
    const site = await acme.converge();
    await addDevices(acme, site, 6);
    await acme.remove();
    expect(await acme.objects()).toMatchObject({
      templates: [],
      deviceGroups: [],
      workflows: [],
      appliances: [],
    });
    expect(await acme.callsOf(() => acme.remove())).toEqual({ 'template:get': 1, 'deviceGroup:get': 1 });
  });
});

describe('what is not ours', () => {
  it('is not touched: another resource’s site', async () => {
    await acme.converge({}, { resourceId: 'r-other' });
    const before = await acme.objects();
    for (const mayExist of [false, true]) {
      expect(await faultOf(acme.converge({ description: 'mine' }, { mayExist }))).toMatchObject({
        code: 'NAME_TAKEN',
        retryable: false,
      });
    }
    await acme.remove();
    expect(await acme.objects()).toEqual(before);
  });

  it.each([
    ['a template without our mark', '/vnms/sdwan/workflow/templates/template', template()],
    ['a device group for another template', '/nextgen/deviceGroup', group('elsewhere')],
    ['a device group whose template is gone', '/nextgen/deviceGroup', group('acme-paris')],
  ])('is not touched: %s', async (_what, path, body) => {
    await acme.byHand('POST', path, JSON.parse(JSON.stringify(body).replaceAll('ORG', acme.id)));
    const before = await acme.objects();
    expect(await faultOf(acme.converge())).toMatchObject({ code: 'NAME_TAKEN' });
    expect(await acme.objects()).toEqual(before);
  });
});

function template() {
  return {
    'versanms.sdwan-template-workflow': { templateName: 'acme-paris', orgName: 'ORG', description: 'theirs' },
  };
}

function group(of: string) {
  const body = { name: 'acme-paris', 'dg:organization': 'ORG', 'dg:poststaging-template': of };
  return { 'device-group': body };
}

describe('a fault', () => {
  it.each([
    ['template:create', 'reset_before'],
    ['template:create', 'reset_after'],
    ['template:deploy', 'reset_before'],
    ['template:deploy', 'reset_after'],
    ['deviceGroup:create', 'reset_before'],
    ['deviceGroup:create', 'reset_after'],
  ])('of %s (%s) leaves something that the next try completes', async (operation, effect) => {
    await acme.order({ operation, effect, nth: 1 });
    expect(await faultOf(acme.converge())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryable: true });
    await acme.converge({}, { mayExist: true });
    const { templates, deviceGroups } = await acme.objects();
    expect([templates.map(({ isDeployed }) => isDeployed), deviceGroups.length]).toEqual([[true], 1]);
  });

  it.each([
    [503, 'VENDOR_UNAVAILABLE', true],
    [500, 'VENDOR_UNAVAILABLE', true],
    [429, 'VENDOR_RATE_LIMITED', true],
    [403, 'VENDOR_AUTH_FAILED', false],
    [400, 'VENDOR_REJECTED', false],
  ])('of status %i is %s', async (status, code, retryable) => {
    await acme.order({ operation: 'template:get', effect: 'status', status, nth: 1 });
    expect(await faultOf(acme.converge())).toMatchObject({ code, retryable });
  });

  it.each(['template:get', 'template:create'])(
    'within an answer of status 200 is none the less one: %s',
    async (operation) => {
      await acme.order({
        operation,
        effect: 'graphql_error',
        nth: 1,
        message: 'no such tenant',
      });
      expect(await faultOf(acme.converge())).toMatchObject({
        code: 'VENDOR_REJECTED',
        message: 'no such tenant',
      });
    },
  );

  it('of an answer that cannot be read is for another time', async () => {
    await acme.converge();
    await acme.order({ operation: 'template:get', effect: 'malformed', nth: 1 });
    expect(await faultOf(acme.converge({}, { mayExist: true }))).toEqual({
      code: 'VENDOR_UNAVAILABLE',
      message: 'template:get: the answer could not be read',
      retryable: true,
    });
  });

  it('of a task that fails is the vendor’s own words', async () => {
    const site = await acme.converge();
    await addDevices(acme, site, 2);
    const message = 'configuration of vni-0/1 is not valid';
    await acme.order({ operation: 'task:commit:acme-paris-d2', effect: 'status', message, nth: 1 });
    const change = () => acme.converge({ description: 'Paris 2' }, { mayExist: true });
    expect(await faultOf(change())).toEqual({
      code: 'VENDOR_REJECTED',
      message: `acme-paris-d2: ${message}`,
      retryable: false,
    });
    await change();
    expect((await acme.objects()).appliances.map(({ syncStatus }) => syncStatus)).toEqual([
      'IN_SYNC',
      'IN_SYNC',
    ]);
  });

  it('of a lock passes by itself: an edit', async () => {
    await acme.converge();
    await acme.mutate('template', 'acme-paris', { lockedBy: 'an engineer' });
    const change = () => acme.converge({ description: 'Paris 2' }, { mayExist: true });
    expect(await faultOf(change())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryable: true });
    expect(await faultOf(acme.remove())).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryable: true });
    await acme.mutate('template', 'acme-paris', { lockedBy: null });
    await acme.converge({ description: 'Paris 2' }, { mayExist: true });
  });

  it('of a lock passes by itself: a commit', async () => {
    await director.configure({ commitLock: 'fail' });
    const site = await acme.converge();
    await addDevices(acme, site, 1);
    const [device] = wanted(1, { mayExist: true, variables: { v_lan: '10.0.0.1' } });
    await acme.mutate('template', 'acme-paris', { lockedBy: 'an engineer' });
    expect(device && (await faultOf(acme.round(site, [device])))).toMatchObject({
      code: 'VENDOR_UNAVAILABLE',
      message: expect.stringContaining('is locked by an engineer'),
      retryable: true,
    });
  });
});

it('stops when it is told to', async () => {
  const site = await acme.converge();
  const { devices } = vendorOf('versa');
  await acme.order({ operation: 'task:deploy', effect: 'hang' });
  const controller = new AbortController();
  const { connection } = acme;
  const round = devices?.converge({ site, devices: wanted(2), connection, signal: controller.signal });
  await expect.poll(async () => (await acme.objects()).tasks.length).toBe(1);
  controller.abort(new Error('stopping'));
  await expect(round).rejects.toThrow('stopping');
});

it('the spec is strict, and has no tunnels', () => {
  const { spec, tunnel } = vendorOf('versa').site;
  expect(tunnel).toBeUndefined();
  expect(spec.safeParse(SITE).success).toBe(true);
  expect(spec.safeParse({ ...SITE, tunnels: [] }).success).toBe(false);
  expect(spec.safeParse({ ...SITE, controllers: ['a', 'a'] }).success).toBe(false);
});
