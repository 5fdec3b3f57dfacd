import { createHash } from 'node:crypto';
import { z } from 'zod';
import { badRequest, notFound, parameters, Refusal } from './answers.js';
import { pathValue, type Operation, type OperationCall } from './context.js';
import { networkOf } from './networks.js';
import { outOfNetwork } from './organization.js';
import { listed, page } from './paging.js';
import type { DeviceRecord } from './records.js';

const DEVICES_PER_PAGE = { byDefault: 1000, most: 1000 };
const SERIAL = /^Q[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{4}$/;

/** Where the vendor believes a device to be until it is told. */
const HEADQUARTERS = { lat: 37.418_095_1, lng: -122.098_531_7 };

const Claim = z.object({ serials: z.array(z.string()).min(1) });
const Removal = z.object({ serial: z.string() });

const DeviceChanges = z.object({
  name: z.string().max(127).nullable().optional(),
  tags: z.array(z.string().min(1)).optional(),
  address: z.string().optional(),
  notes: z.string().max(255).nullable().optional(),
  lat: z.number().min(-90).max(90).optional(),
  lng: z.number().min(-180).max(180).optional(),
});

/** The network's view leaves out what only the organization's has. */
export function answerDevice({ claimedAt: _claimed, placedAt: _placed, ...device }: DeviceRecord) {
  return { ...device, lanIp: null, firmware: 'switch-16-9', floorPlanId: null, details: [] };
}

function answerInventory({
  serial,
  networkId,
  model,
  productType,
  mac,
  name,
  claimedAt,
  tags,
}: DeviceRecord) {
  return {
    serial,
    networkId,
    model,
    productType,
    mac,
    name,
    tags,
    claimedAt: new Date(claimedAt).toISOString(),
    orderNumber: null,
    licenseExpirationDate: null,
  };
}

/** Hardware is the same whoever claims it: everything follows from the serial. */
function unpacked(serial: string, now: number): DeviceRecord {
  const digest = createHash('sha256').update(serial).digest('hex');
  const mac = ['0c8ddb', digest.slice(0, 6)].join('').match(/../g)?.join(':') ?? '';
  return {
    serial,
    networkId: null,
    model: 'MS130-8',
    productType: 'switch',
    mac,
    name: null,
    tags: [],
    address: '',
    notes: null,
    ...HEADQUARTERS,
    claimedAt: now,
    placedAt: now,
  };
}

/** The device as the organization has it or would get it; refused when the serial is unknown or somebody else's. */
function claimable({ store, organization, now }: OperationCall, serial: string): DeviceRecord {
  if (!SERIAL.test(serial)) throw badRequest(`Device with serial ${serial} not found`);
  const owner = store.organizationOfSerial(serial);
  if (owner !== undefined && owner !== organization.id) {
    throw badRequest(`Device with serial ${serial} is already claimed by another organization`);
  }
  return organization.device(serial) ?? unpacked(serial, now);
}

function claimIntoNetwork(call: OperationCall, networkId: string, serial: string): void {
  const device = claimable(call, serial);
  if (device.networkId !== null) {
    const holder = call.organization.network(device.networkId)?.name ?? '';
    throw badRequest(
      `Device with serial ${serial} is already claimed and in ${holder} (network ID: ${device.networkId})`,
    );
  }
  call.organization.putDevice({ ...device, networkId, placedAt: call.now });
}

/** Does every serial, and tells which could not be done and why. */
function forEachSerial(serials: readonly string[], work: (serial: string) => void) {
  const done: string[] = [];
  const errors: { serial: string; errors: readonly string[] }[] = [];
  for (const serial of serials) {
    try {
      work(serial);
      done.push(serial);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ serial, errors: error.errors });
    }
  }
  return { done, errors };
}

/** All or nothing. Within a batch, the batch itself is undone. */
function allOrNothing(call: OperationCall, serials: readonly string[], work: (serial: string) => void): void {
  const checked = (): void => {
    const { errors } = forEachSerial(serials, work);
    if (errors.length > 0) throw badRequest(...errors.flatMap((failure) => failure.errors));
  };
  if (call.isBatched) checked();
  else call.store.atomically(checked);
}

const claimNetworkDevices: Operation = (call) => {
  const { id } = networkOf(call);
  const { serials } = parameters(Claim, call.body);
  const claim = (serial: string): void => claimIntoNetwork(call, id, serial);
  if (call.query.get('addAtomically') === 'false') {
    const { done, errors } = forEachSerial(serials, claim);
    return { status: 200, body: { serials: done, errors } };
  }
  allOrNothing(call, serials, claim);
  return { status: 200, body: { serials, errors: [] } };
};

const removeNetworkDevices: Operation = (call) => {
  const { id } = networkOf(call);
  const { serial } = parameters(Removal, call.body);
  const device = call.organization.device(serial);
  if (device?.networkId !== id) throw notFound();
  call.organization.putDevice(outOfNetwork(device));
  return { status: 204 };
};

/** Not paged by the vendor unless a page is asked for. */
const getNetworkDevices: Operation = (call) => {
  const found = call.organization.devicesOf(networkOf(call).id);
  const size = { byDefault: Math.max(found.length, DEVICES_PER_PAGE.most), most: DEVICES_PER_PAGE.most };
  const { items, ...reply } = page(call, found, ({ serial }) => serial, size);
  return { ...reply, body: items.map(answerDevice) };
};

const getOrganizationDevices: Operation = (call) => {
  const networkIds = listed(call.query, 'networkIds');
  const serials = listed(call.query, 'serials');
  const candidates = networkIds
    ? networkIds.flatMap((id) => call.organization.devicesOf(id))
    : call.organization.devices().filter(({ networkId }) => networkId !== null);
  const found = serials ? candidates.filter(({ serial }) => serials.includes(serial)) : candidates;
  const { items, ...reply } = page(call, found, ({ serial }) => serial, DEVICES_PER_PAGE);
  return { ...reply, body: items.map(answerDevice) };
};

/** Calls of a device reach it in its network only; a batch knows what it has claimed itself. */
function deviceOf(call: OperationCall): DeviceRecord {
  const device = call.organization.device(pathValue(call, 'serial'));
  const isThere =
    device?.networkId !== undefined &&
    device.networkId !== null &&
    (call.isBatched || call.now >= device.placedAt + call.settings.deviceLagMs);
  if (!device || !isThere) throw notFound();
  return device;
}

const getDevice: Operation = (call) => ({ status: 200, body: answerDevice(deviceOf(call)) });

const updateDevice: Operation = (call) => {
  const device = deviceOf(call);
  const changes = parameters(DeviceChanges, call.body);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const changed: DeviceRecord = { ...device, ...given };
  call.organization.putDevice(changed);
  return { status: 200, body: answerDevice(changed) };
};

const claimIntoOrganizationInventory: Operation = (call) => {
  const { serials } = parameters(Claim, call.body);
  allOrNothing(call, serials, (serial) => {
    const device = claimable(call, serial);
    if (call.organization.device(serial)) throw badRequest(`Device with serial ${serial} is already claimed`);
    call.organization.putDevice(device);
  });
  return { status: 200, body: { serials, orders: [], licenses: [] } };
};

const releaseFromOrganizationInventory: Operation = (call) => {
  const { serials } = parameters(Claim, call.body);
  allOrNothing(call, serials, (serial) => {
    const device = call.organization.device(serial);
    if (!device) throw badRequest(`Device with serial ${serial} not found`);
    if (device.networkId !== null) {
      throw badRequest(`Device with serial ${serial} is in a network (network ID: ${device.networkId})`);
    }
    call.organization.removeDevice(serial);
  });
  return { status: 200, body: { serials } };
};

const getOrganizationInventoryDevices: Operation = (call) => {
  const usedState = call.query.get('usedState');
  const serials = listed(call.query, 'serials');
  const found = call.organization
    .devices()
    .filter(({ networkId }) => usedState === null || (usedState === 'used') === (networkId !== null))
    .filter(({ serial }) => serials?.includes(serial) ?? true);
  const { items, ...reply } = page(call, found, ({ serial }) => serial, DEVICES_PER_PAGE);
  return { ...reply, body: items.map(answerInventory) };
};

export const deviceOperations = {
  claimNetworkDevices,
  removeNetworkDevices,
  getNetworkDevices,
  getOrganizationDevices,
  getDevice,
  updateDevice,
  claimIntoOrganizationInventory,
  releaseFromOrganizationInventory,
  getOrganizationInventoryDevices,
};
