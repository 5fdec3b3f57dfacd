import { BadAdminRequest, NoSuchObject, type ObjectReference } from '../admin/vendor-simulator.js';
import type { Organization } from './organization.js';
import type { DeviceRecord, NetworkRecord } from './records.js';

const KINDS = ['network', 'device'] as const;

/** What identifies an object, or can only be known of it. */
const FIXED: readonly string[] = [
  'id',
  'organizationId',
  'serial',
  'mac',
  'model',
  'productType',
  'claimedAt',
  'placedAt',
];

/** Everything the organization holds, secrets included: for tests alone. */
export function objectsOf(organization: Organization | undefined): Record<string, unknown[]> {
  return {
    networks: structuredClone(organization?.networks() ?? []),
    devices: structuredClone(organization?.devices() ?? []),
    actionBatches: structuredClone(organization?.batches() ?? []),
    thirdPartyVpnPeers: structuredClone([...(organization?.thirdPartyVpnPeers ?? [])]),
  };
}

export function mutateObject(
  organization: Organization,
  reference: ObjectReference,
  set: Readonly<Record<string, unknown>>,
): unknown {
  if (isNetworkKind(reference)) {
    const network = networkNamed(organization, reference);
    const changed = changedBy(network, reference, set);
    const holder = organization.networkNamed(changed.name);
    if (typeof changed.name !== 'string' || (holder && holder.id !== network.id)) {
      throw new BadAdminRequest('set.name: taken or no string');
    }
    organization.putNetwork(changed);
    return structuredClone(changed);
  }
  const device = changedBy(deviceNamed(organization, reference), reference, set);
  if (device.networkId !== null && !organization.network(device.networkId)) {
    throw new BadAdminRequest('set.networkId: the organization has no such network');
  }
  organization.putDevice(device);
  return structuredClone(device);
}

/** A network gives its devices back to the inventory; a device leaves the organization. */
export function removeObject(organization: Organization, reference: ObjectReference): void {
  if (isNetworkKind(reference)) organization.removeNetwork(networkNamed(organization, reference).id);
  else organization.removeDevice(deviceNamed(organization, reference).serial);
}

function isNetworkKind({ kind }: ObjectReference): boolean {
  if (kind === 'network' || kind === 'device') return kind === 'network';
  throw new BadAdminRequest(`kind: "${kind}" is unknown; known: ${KINDS.join(', ')}`);
}

function networkNamed(organization: Organization, { id, name = '' }: ObjectReference): NetworkRecord {
  const found = id === undefined ? organization.networkNamed(name) : organization.network(id);
  if (!found) throw new NoSuchObject(`organization ${organization.id} has no network ${id ?? name}`);
  return found;
}

function deviceNamed(organization: Organization, { id, name }: ObjectReference): DeviceRecord {
  const found =
    id === undefined
      ? organization.devices().find((device) => device.name === name)
      : organization.device(id);
  if (!found) throw new NoSuchObject(`organization ${organization.id} has no device ${id ?? name}`);
  return found;
}

function changedBy<T extends object>(
  record: T,
  { kind }: ObjectReference,
  set: Readonly<Record<string, unknown>>,
): T {
  for (const key of Object.keys(set)) {
    if (!Object.hasOwn(record, key) || FIXED.includes(key)) {
      const settable = Object.keys(record).filter((name) => !FIXED.includes(name));
      throw new BadAdminRequest(`set.${key}: a ${kind} has no such field; it has ${settable.join(', ')}`);
    }
  }
  return { ...record, ...set };
}
