import {
  vendorOf,
  type CallMeter,
  type DeviceResult,
  type VendorConnection,
  type WantedDevice,
} from '@app/vendors';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import {
  ACCOUNT,
  addSite,
  at,
  SandboxClient,
  textAt,
  TOKEN,
} from '../../../sandbox/cato/contract/sandbox-client.js';

export const LIST = 'staticHostList';
export const CHANGE = 'updateSiteStaticHosts';
export const UPDATE = 'updateStaticHostBulk';
export const MAC = '00:11:22:aa:bb:cc';

let vendor: SandboxClient;
let siteId: string;
/** The calls that the adapter has made since the test began, or since they were forgotten. */
export const made: string[] = [];
export const forgetCalls = (): void => {
  made.length = 0;
};

/** A simulated Cato with one empty site, the same for every test of the file. */
export function simulateCato(): void {
  beforeAll(async () => {
    vendor = await SandboxClient.start();
  });
  beforeEach(async () => {
    await steer('POST', '/reset');
    await settings({ strict: true });
    siteId = await addSite(vendor, 'acme-paris', { nativeNetworkRange: '10.20.0.0/16' });
    forgetCalls();
  });
  afterAll(() => vendor.close());
}

export const steer = (method: string, path: string, body?: unknown) => vendor.steer(method, path, body);
export const settings = (chosen: Record<string, unknown>) =>
  steer('POST', '/settings', { vendor: 'cato', ...chosen });
export const fault = (operation: string, rule: Record<string, unknown>) =>
  steer('POST', '/faults', { vendor: 'cato', operation, ...rule });

export const counting: CallMeter = {
  call: (operation, make) => {
    made.push(operation);
    return make();
  },
};
/** Somebody else is quicker: something happens right before a call. */
export const before = (operation: string, happens: () => Promise<unknown>): CallMeter => ({
  call: async (name, make) => {
    if (name === operation && !made.includes(operation)) await happens();
    return counting.call(name, make);
  },
});
export class NoBudget extends Error {}
/** A budget that is used up after so many changes. */
export const changesAtMost = (most: number): CallMeter => ({
  call: (operation, make) => {
    if (operation === CHANGE && made.filter((name) => name === CHANGE).length >= most)
      return Promise.reject(new NoBudget('no budget'));
    return counting.call(operation, make);
  },
});

export interface Spec extends Record<string, unknown> {
  ip: string;
  macAddress?: string;
}
export const device = (name: string, spec?: Spec, over: Partial<WantedDevice> = {}): WantedDevice => ({
  resourceId: `id-of-${name}`,
  name,
  spec,
  applied: undefined,
  mayExist: false,
  ...over,
});
/** A device after a lost answer, with what it was to be then. */
export const attempted = (earlier: WantedDevice, spec?: Spec): WantedDevice =>
  device(earlier.name, spec, { mayExist: true, attempted: earlier.spec === undefined ? [] : [earlier.spec] });
export const camera = (number: number) => device(`cam-${number}`, { ip: `10.20.1.${number}` });
export const cameras = (count: number) => Array.from({ length: count }, (_, index) => camera(index + 1));
/** It has an address that no range of the site holds. */
export const bad = (number: number) => device(`bad-${number}`, { ip: `10.99.0.${number}` });

export const programming = () => {
  const { devices } = vendorOf('cato');
  if (devices === undefined) throw new Error('Cato has no devices');
  return devices;
};
export interface RunOptions {
  meter?: CallMeter;
  signal?: AbortSignal;
  site?: string;
}
export function run(devices: readonly WantedDevice[], options: RunOptions = {}): Promise<DeviceResult[]> {
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
export const lost = (devices: readonly WantedDevice[]) =>
  devices.map((each) => ({ ...each, mayExist: true }));

/** The device as the ledger knows it after a round, with its next wish. */
export function next(earlier: WantedDevice, results: readonly DeviceResult[], spec?: Spec): WantedDevice {
  const result = results.find(({ resourceId }) => resourceId === earlier.resourceId);
  if (result?.outcome !== 'applied' || earlier.spec === undefined)
    throw new Error(`${earlier.name} is not applied`);
  return { ...earlier, spec, applied: { spec: earlier.spec, outputs: result.outputs } };
}
export async function programmed(devices: readonly WantedDevice[]): Promise<DeviceResult[]> {
  const results = await run(devices);
  expect(appliedOf(results)).toHaveLength(devices.length);
  forgetCalls();
  return results;
}

export const appliedOf = (results: readonly DeviceResult[]) =>
  results.filter(({ outcome }) => outcome === 'applied');
export const refusedOf = (results: readonly DeviceResult[]) =>
  Object.fromEntries(
    results.flatMap((result) =>
      result.outcome === 'refused' ? [[result.resourceId, result.fault.code]] : [],
    ),
  );
export const hostIdOf = (results: readonly DeviceResult[], { resourceId }: WantedDevice): string =>
  textAt(
    results.find((result) => result.resourceId === resourceId),
    'outputs',
    'hostId',
  );

export interface Host {
  hostId: string;
  name: string;
  ip: string;
  macAddress: string | null;
}
export async function hosts(): Promise<Host[]> {
  const objects = await steer('GET', `/objects?vendor=cato&account=${ACCOUNT}`);
  const found = at(objects, 'objects', 'hosts');
  if (!Array.isArray(found)) throw new Error('no hosts');
  return found.map((host) => ({
    hostId: textAt(host, 'hostId'),
    name: textAt(host, 'name'),
    ip: textAt(host, 'ip'),
    macAddress: at(host, 'macAddress') === null ? null : textAt(host, 'macAddress'),
  }));
}
export const addresses = async () => Object.fromEntries((await hosts()).map(({ name, ip }) => [name, ip]));
/** A host that somebody else has made. */
export async function stranger(name: string, ip: string): Promise<void> {
  await vendor.call('siteAddStaticHost', { siteId, addStaticHostInput: { name, ip } });
}
export const removeSite = () => vendor.call('siteRemoveSite', { siteId });
export const removeHost = (id: string) =>
  steer('POST', '/objects:delete', { vendor: 'cato', account: ACCOUNT, kind: 'host', id });
export const changeHost = (id: string, set: Record<string, unknown>) =>
  steer('POST', '/objects:mutate', { vendor: 'cato', account: ACCOUNT, kind: 'host', id, set });
