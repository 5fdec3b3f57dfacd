import { unmetered, type VendorConnection } from '@app/vendors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StaticHostsRefusedError } from '../../libs/vendors/src/cato/static-host-faults.js';
import {
  addStaticHost,
  changeStaticHosts,
  listStaticHosts,
  removeStaticHost,
  updateStaticHost,
  updateStaticHosts,
} from '../../libs/vendors/src/cato/static-hosts.js';
import { ACCOUNT, addSite, at, SandboxClient, TOKEN } from '../../sandbox/cato/contract/sandbox-client.js';

let vendor: SandboxClient;
let connection: VendorConnection;
let siteId: string;
beforeAll(async () => {
  vendor = await SandboxClient.start();
  connection = {
    baseUrl: vendor.catoUrl,
    accountId: ACCOUNT,
    credentials: { token: TOKEN },
    meter: unmetered,
  };
});
beforeEach(async () => {
  await vendor.steer('POST', '/reset');
  await vendor.steer('POST', '/settings', { vendor: 'cato', strict: true });
  siteId = await addSite(vendor, 'acme-paris');
});
afterAll(() => vendor.close());

const signal = new AbortController().signal;
const host = (number: number) => ({ name: `cam-${number}`, ip: `10.20.0.${number}` });
const stored = (number: number) => ({ ...host(number), hostId: expect.any(String), macAddress: null });
const list = (site = siteId) => listStaticHosts(site, connection, signal);
const add = (...hosts: ReturnType<typeof host>[]) =>
  changeStaticHosts(siteId, { add: hosts, remove: [] }, connection, signal);
const addOne = () => add(host(1));
const fault = (rule: Record<string, unknown>) =>
  vendor.steer('POST', '/faults', { vendor: 'cato', operation: 'updateSiteStaticHosts', ...rule });
const callsOf = async (operation: string): Promise<unknown> =>
  at(await vendor.steer('GET', `/calls?vendor=cato&account=${ACCOUNT}`), 'operations', operation);

describe('bulk', () => {
  it('adds, removes and lists with one call each', async () => {
    const [first, second] = await add(host(1), host(2), host(3));
    if (first === undefined || second === undefined) throw new Error('two hosts are missing');
    const change = {
      add: [{ ...host(4), macAddress: '00:11:22:33:44:55' }],
      remove: [first, { hostId: second.hostId }],
    };
    const after = await changeStaticHosts(siteId, change, connection, signal);
    expect(after).toEqual([stored(3), { ...stored(4), macAddress: '00:11:22:33:44:55' }]);
    expect(await list()).toEqual(after);
    expect(await callsOf('updateSiteStaticHosts')).toMatchObject({ calls: 2 });
    expect(await callsOf('staticHostList')).toMatchObject({ calls: 1 });
    expect(await callsOf('entityLookup')).toBeUndefined();
  });

  it('lists more than a page of anything', async () => {
    const hosts = Array.from({ length: 250 }, (_, index) => host(index + 1));
    await add(...hosts);
    expect(await list()).toHaveLength(250);
  });

  it('updates in place', async () => {
    const [first, second] = await add(host(1), host(2));
    if (first === undefined || second === undefined) throw new Error('two hosts are missing');
    const changes = [
      { hostId: first.hostId, ip: '10.20.0.9' },
      { hostId: second.hostId, name: 'door', macAddress: '00:11:22:33:44:55' },
    ];
    expect(await updateStaticHosts(siteId, changes, connection, signal)).toEqual([
      { ...first, ip: '10.20.0.9' },
      { ...second, ...changes[1] },
    ]);
  });

  it('a refused call names its offender and has changed nothing', async () => {
    const [first] = await add(host(1));
    const bad = { name: 'bad', ip: '10.99.0.1' };
    const change = { add: [host(2), bad, host(3)], remove: first === undefined ? [] : [first] };
    const refused = changeStaticHosts(siteId, change, connection, signal);
    await expect(refused).rejects.toThrow(StaticHostsRefusedError);
    await expect(refused).rejects.toMatchObject({ fault: { code: 'VENDOR_REJECTED' }, offenders: [bad] });
    expect(await list()).toEqual([first]);
  });

  it.each([
    ['a malformed address', { name: 'bad', ip: '10.20.0' }, 'VENDOR_REJECTED'],
    ['a malformed MAC address', { ...host(9), macAddress: 'none' }, 'VENDOR_REJECTED'],
    ['a taken name', { name: 'cam-1', ip: '10.20.0.9' }, 'NAME_TAKEN'],
    ['a taken address', { name: 'other', ip: '10.20.0.1' }, 'NAME_TAKEN'],
  ])('%s is found among a hundred', async (_name, bad, code) => {
    await add(host(1));
    const hosts = Array.from({ length: 99 }, (_, index) => host(index + 10));
    const change = { add: [...hosts.slice(0, 50), bad, ...hosts.slice(50)], remove: [] };
    await expect(changeStaticHosts(siteId, change, connection, signal)).rejects.toMatchObject({
      fault: { code, retryable: false },
      offenders: [bad],
      missing: undefined,
    });
  });

  it('a host to remove that is gone, and a site that is gone, are told apart', async () => {
    const gone = { hostId: '1' };
    const remove = changeStaticHosts(siteId, { add: [host(1)], remove: [gone] }, connection, signal);
    await expect(remove).rejects.toMatchObject({ missing: 'host', offenders: [gone] });
    await expect(list('1')).rejects.toMatchObject({ missing: 'site', offenders: [] });
  });
});

describe('one by one', () => {
  it('adds, updates and removes', async () => {
    const hostId = await addStaticHost(siteId, { ...host(1), macAddress: null }, connection, signal);
    await updateStaticHost(hostId, { ip: '10.20.0.9' }, connection, signal);
    expect(await list()).toEqual([{ ...host(1), hostId, ip: '10.20.0.9', macAddress: null }]);
    await removeStaticHost(hostId, connection, signal);
    expect(await list()).toEqual([]);
    for (const again of [
      removeStaticHost(hostId, connection, signal),
      updateStaticHost(hostId, { ip: '10.20.0.8' }, connection, signal),
    ]) {
      await expect(again).rejects.toMatchObject({ missing: 'host', offenders: [{ hostId }] });
    }
  });
});

describe('what goes wrong is told apart', () => {
  it.each([
    ['an error within 200', { effect: 'graphql_error', message: 'Internal server\n' }, 'VENDOR_UNAVAILABLE'],
    [
      'a failure downstream',
      { effect: 'graphql_error', message: 'DOWNSTREAM_SERVICE_ERROR' },
      'VENDOR_UNAVAILABLE',
    ],
    ['status 503', { effect: 'status', status: 503 }, 'VENDOR_UNAVAILABLE'],
    ['a lost connection', { effect: 'reset_before' }, 'VENDOR_UNAVAILABLE'],
    ['half an answer', { effect: 'malformed' }, 'VENDOR_UNAVAILABLE'],
    [
      'a limit within 200',
      { effect: 'graphql_error', message: 'rate limit for operation: x' },
      'VENDOR_RATE_LIMITED',
    ],
    ['no permission', { effect: 'status', status: 403 }, 'VENDOR_AUTH_FAILED'],
  ])(
    '%s',
    async (_name, rule, code) => {
      await fault({ ...rule, nth: 1 });
      const failed = addOne();
      await expect(failed).rejects.toMatchObject({
        fault: { code, retryable: code !== 'VENDOR_AUTH_FAILED' },
      });
      await expect(failed).rejects.not.toBeInstanceOf(StaticHostsRefusedError);
      await expect(add(host(2))).resolves.toContainEqual(stored(2));
    },
    20_000,
  );

  it('after a lost answer the list tells what became of the change', async () => {
    await fault({ effect: 'reset_after', nth: 1 });
    await expect(addOne()).rejects.toMatchObject({ fault: { code: 'VENDOR_UNAVAILABLE' } });
    expect(await list()).toEqual([stored(1)]);
    await expect(addOne()).rejects.toMatchObject({ fault: { code: 'NAME_TAKEN' } });
  });

  it('the vendor’s own limit, with the time to wait when it is told', async () => {
    for (let call = 0; call < 120; call += 1) await list();
    await expect(list()).rejects.toMatchObject({ fault: { code: 'VENDOR_RATE_LIMITED', retryable: true } });
    await vendor.steer('POST', '/settings', { vendor: 'cato', rateLimitMode: 'http' });
    await expect(list()).rejects.toMatchObject({
      fault: { code: 'VENDOR_RATE_LIMITED', retryAfterMs: expect.any(Number) },
    });
    expect(await addOne()).toHaveLength(1);
  });

  it.each([200, 401, 403])('a bad token, answered with %i', async (unauthorizedStatus) => {
    await vendor.steer('POST', '/settings', { vendor: 'cato', unauthorizedStatus });
    const bad = { ...connection, credentials: { token: 'invalid' } };
    await expect(listStaticHosts(siteId, bad, signal)).rejects.toMatchObject({
      fault: { code: 'VENDOR_AUTH_FAILED', retryable: false },
    });
  });

  it('a cancelled call ends as cancelled', async () => {
    const { id } = await vendor.steer('POST', '/faults', {
      vendor: 'cato',
      operation: 'staticHostList',
      effect: 'hang',
    });
    const controller = new AbortController();
    const hanging = listStaticHosts(siteId, connection, controller.signal);
    const ended = hanging.catch((error: unknown) => error);
    await vendor.steer('GET', `/calls?vendor=cato&operation=staticHostList&atLeast=1&waitMs=5000`);
    controller.abort(new Error('not needed any more'));
    expect(await ended).toEqual(new Error('not needed any more'));
    await vendor.steer('DELETE', `/faults/${String(id)}`);
  });
});
