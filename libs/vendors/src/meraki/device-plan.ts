import { z } from 'zod';
import type { WantedDevice } from '../devices.js';
import type { VendorFault } from '../faults.js';
import { isMarked, isMarkedAs, ownershipMark } from '../ownership-mark.js';
import { claimAction, removeAction, updateAction, type BatchAction } from './action-batches.js';
import { MerakiDeviceSpec } from './device-spec.js';
import type { DeviceAttributes, MerakiDevice } from './devices.js';
import { isSameSet } from './spec-fields.js';

/** What has to be done for one device, all of it or nothing. */
export interface DeviceChange {
  resourceId: string;
  /** Hardware that leaves the network. */
  remove: readonly string[];
  /** Hardware that comes into it. */
  claim: string | undefined;
  update: { serial: string; attributes: DeviceAttributes } | undefined;
}

/** What a round comes to, given what is in the network. */
export interface DevicePlan {
  /** Removals that stand alone come first: hardware that one device gives up, another may take. */
  changes: DeviceChange[];
  refused: Map<string, VendorFault>;
}

const WithSerial = z.object({ serial: z.string() });
const serialIn = (record: unknown): string | undefined => WithSerial.safeParse(record).data?.serial;

/** The hardware that the device has had, was to get, or is to get. */
export const knownSerials = ({ spec, applied, attempted = [] }: WantedDevice): string[] =>
  [spec, applied?.outputs, ...attempted].flatMap((record) => serialIn(record) ?? []);

/** A spec from the ledger; what an older version stored gets the defaults that came since. */
export const specOf = ({ spec }: WantedDevice): MerakiDeviceSpec | undefined =>
  spec === undefined ? undefined : MerakiDeviceSpec.parse(spec);

/** Claim and mark are written in one batch: what has no mark of this device was not put there for it. */
function isHeldBy(device: WantedDevice, { serial, notes }: MerakiDevice): boolean {
  if (isMarkedAs(notes, device.resourceId)) return true;
  // Somebody has written over our notes.
  return serial === serialIn(device.applied?.outputs) && !isMarked(notes);
}

function attributesOf({ name, resourceId }: WantedDevice, spec: MerakiDeviceSpec): DeviceAttributes {
  const { description = name, address = '', tags, lat, lng } = spec;
  return {
    name,
    // With words before it: of a text that begins with a space the vendor might take the space away.
    notes: description + ownershipMark(resourceId),
    address,
    tags,
    ...(lat === undefined || lng === undefined ? {} : { lat, lng }),
  };
}

/** A coordinate's digits beyond the seventh are centimetres, and the vendor may round them. */
const isSamePlace = (one: number | null | undefined, other: number): boolean =>
  Math.abs((one ?? Number.NaN) - other) < 1e-6;

function differing(device: MerakiDevice, wanted: DeviceAttributes): DeviceAttributes {
  const { name, notes, address, tags = [], lat, lng } = wanted;
  return {
    ...(name === undefined || device.name === name ? {} : { name }),
    ...(notes === undefined || device.notes === notes ? {} : { notes }),
    ...(address === undefined || (device.address ?? '') === address ? {} : { address }),
    ...(isSameSet(device.tags, tags) ? {} : { tags }),
    ...(lat === undefined || isSamePlace(device.lat, lat) ? {} : { lat }),
    ...(lng === undefined || isSamePlace(device.lng, lng) ? {} : { lng }),
  };
}

/** The first of several devices that want the same hardware, or the one that has it. */
function takers(devices: readonly WantedDevice[], listed: ReadonlyMap<string, MerakiDevice>) {
  const bySerial = new Map<string, WantedDevice>();
  for (const device of devices) {
    const serial = specOf(device)?.serial;
    if (serial === undefined) continue;
    const there = listed.get(serial);
    if (!bySerial.has(serial) || (there && isHeldBy(device, there))) bySerial.set(serial, device);
  }
  return bySerial;
}

const refusal = (code: VendorFault['code'], message: string): VendorFault => ({
  code,
  message,
  retryable: false,
});

/** What has to be done so that every device is as it is to be, and nothing else. */
export function planDevices(devices: readonly WantedDevice[], network: readonly MerakiDevice[]): DevicePlan {
  const listed = new Map(network.map((device) => [device.serial, device]));
  const taker = takers(devices, listed);
  const leaving = new Map(
    devices.map((device) => {
      const wanted = specOf(device)?.serial;
      const own = network.filter((there) => isHeldBy(device, there));
      return [device.resourceId, own.map(({ serial }) => serial).filter((serial) => serial !== wanted)];
    }),
  );
  const freed = new Set([...leaving.values()].flat());
  const changes: DeviceChange[] = [];
  const refused = new Map<string, VendorFault>();

  for (const device of devices) {
    const { resourceId } = device;
    const remove = leaving.get(resourceId) ?? [];
    const spec = specOf(device);
    if (spec === undefined) {
      if (remove.length > 0) changes.push({ resourceId, remove, claim: undefined, update: undefined });
      continue;
    }
    const { serial } = spec;
    const there = listed.get(serial);
    const other = taker.get(serial);
    if (other !== undefined && other.resourceId !== resourceId) {
      refused.set(resourceId, refusal('VENDOR_REJECTED', `${serial} is the device ${other.name} as well`));
    } else if (there === undefined || freed.has(serial)) {
      const update = { serial, attributes: attributesOf(device, spec) };
      changes.push({ resourceId, remove, claim: serial, update });
    } else if (!isHeldBy(device, there)) {
      const message = `${serial} is in the network already, and not as this device`;
      refused.set(resourceId, refusal('NAME_TAKEN', message));
    } else {
      const attributes = differing(there, attributesOf(device, spec));
      const update = Object.keys(attributes).length > 0 ? { serial, attributes } : undefined;
      if (update !== undefined || remove.length > 0) {
        changes.push({ resourceId, remove, claim: undefined, update });
      }
    }
  }
  const isRemoval = ({ claim, update }: DeviceChange) => claim === undefined && update === undefined;
  const removals = changes.filter(isRemoval);
  return { changes: [...removals, ...changes.filter((change) => !isRemoval(change))], refused };
}

/** The changes as the actions of one batch: what goes, what comes, and only then what it is told. */
export function actionsOf(networkId: string, changes: readonly DeviceChange[]): BatchAction[] {
  const claims = changes.flatMap(({ claim }) => claim ?? []);
  return [
    ...changes.flatMap(({ remove }) => remove.map((serial) => removeAction(networkId, serial))),
    ...(claims.length > 0 ? [claimAction(networkId, claims)] : []),
    ...changes.flatMap(({ update }) => (update ? [updateAction(update.serial, update.attributes)] : [])),
  ];
}

/** The hardware that a change is about: what the vendor's words may name. */
export const serialsOf = ({ remove, claim, update }: DeviceChange): string[] => [
  ...remove,
  ...(claim === undefined ? [] : [claim]),
  ...(update === undefined ? [] : [update.serial]),
];
