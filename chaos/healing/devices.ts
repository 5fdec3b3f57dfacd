import { Device, MessageHeader } from '@app/contracts';
import type { Answer } from '../../sandbox/stack/gateway-client.js';
import type { Random } from '../plan/random.js';
import type { DeviceFound } from '../snapshot.js';
import { readDevices, readItems } from '../system/device-reader.js';
import type { System } from '../system/system.js';
import {
  accepted,
  complaintOf,
  moveBack,
  openLetters,
  replay,
  untilSucceeded,
  type Healing,
  type Letter,
} from './treatment.js';

/** Devices that failed with one operation, which may have opened a dead letter. */
interface Patients {
  operationId: string;
  devices: [DeviceFound, ...DeviceFound[]];
  letter: Letter | undefined;
  /** The operation has failed and can be tried again; else a removal of the site has taken its place. */
  canBeRetried: boolean;
}

type Way = 'ask_again' | 'retry' | 'replay' | 'move';

/** Devices whose last operation failed, all of that operation together. */
export async function healDevices(system: System, prefix: string, random: Random): Promise<Healing> {
  const groups = await findPatients(system, prefix);
  const messages = await system.broker.deadLetters();
  const inQueue = new Set(
    messages.map(({ properties }): unknown => properties.headers?.[MessageHeader.operationId]),
  );
  const complaints = await Promise.all(
    groups.map((group) => {
      const ways: Way[] = group.canBeRetried ? ['retry'] : [];
      if (group.letter !== undefined) ways.push('replay');
      if (group.letter !== undefined && inQueue.has(group.operationId)) ways.push('move');
      const way = random.pick(['ask_again', ...ways]);
      const [first] = group.devices;
      const what = `${group.devices.length} devices of ${pathOf(first)} (${first.phase}) after ${way}`;
      const ids = [group.operationId, ...group.devices.map(({ id }) => id)];
      return complaintOf(what, ids, async () => {
        await untilSucceeded(system, await begin(system, group, way));
      });
    }),
  );
  const violations = complaints.filter((complaint) => complaint !== undefined);
  return { healed: groups.length - violations.length, violations };
}

async function findPatients(system: System, prefix: string): Promise<Patients[]> {
  const { ledger } = system;
  const [devices, items, letters] = await Promise.all([
    readDevices(ledger, prefix),
    readItems(ledger, prefix),
    openLetters(system),
  ]);
  const failed = devices.filter(
    ({ phase, isDeleted }) => !isDeleted && (phase === 'failed' || phase === 'delete_failed'),
  );
  const lastItems = new Map(items.map((item) => [item.deviceId, item]));
  const groups = Map.groupBy(failed, ({ id }) => lastItems.get(id)?.operationId);
  return [...groups].flatMap(([operationId, [first, ...others]]) => {
    if (operationId === undefined || first === undefined) return [];
    const letter = letters.find((one) => one.operationId === operationId);
    const patients: Patients['devices'] = [first, ...others];
    // What was overtaken is not asked for by a retry.
    const canBeRetried = patients.every(({ id }) => lastItems.get(id)?.status === 'failed');
    return [{ operationId, devices: patients, letter: canBeRetried ? letter : undefined, canBeRetried }];
  });
}

/** @returns the operation that runs now */
async function begin(system: System, { operationId, devices, letter }: Patients, way: Way): Promise<string> {
  if (way === 'ask_again') return accepted(() => askAgain(system, devices));
  if (way === 'retry') {
    return accepted(async () =>
      (await system.gateway()).client.call('POST', `/v1/operations/${operationId}:retry`),
    );
  }
  if (letter === undefined) throw new Error('there is no dead letter');
  await (way === 'replay' ? replay(system, letter) : moveBack(system, letter));
  return operationId;
}

/** The same specs or removals: one device by itself, several as a batch. */
async function askAgain(system: System, devices: Patients['devices']): Promise<Answer> {
  const { client } = await system.gateway();
  const [first] = devices;
  const specOf = async (device: DeviceFound): Promise<Device['spec']> =>
    Device.parse((await client.call('GET', `${pathOf(device)}/devices/${device.name}`)).body).spec;
  const going = devices.filter(({ phase }) => phase === 'delete_failed');
  const staying = devices.filter(({ phase }) => phase !== 'delete_failed');
  if (devices.length === 1) {
    const path = `${pathOf(first)}/devices/${first.name}`;
    return going.length > 0
      ? client.call('DELETE', path)
      : client.call('PUT', path, { body: await specOf(first) });
  }
  const put = await Promise.all(
    staying.map(async (device) => ({ name: device.name, ...(await specOf(device)) })),
  );
  const body = { put, delete: going.map(({ name }) => name) };
  return client.call('POST', `${pathOf(first)}/devices:batch`, { body });
}

const pathOf = ({ customer, site }: DeviceFound): string => `/v1/customers/${customer}/sites/${site}`;
