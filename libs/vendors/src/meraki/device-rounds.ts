import { z } from 'zod';
import type { DeviceResult, DeviceRound } from '../devices.js';
import { VendorFaultError, type VendorFault } from '../faults.js';
import type { VendorConnection } from '../vendor.js';
import { listPendingBatches, MOST_ACTIONS } from './action-batches.js';
import { endOf, runBatch } from './batch-runs.js';
import { pathOf, unlessGone } from './client.js';
import { actionsOf, planDevices, serialsOf, specOf, type DeviceChange } from './device-plan.js';
import { listNetworkDevices } from './devices.js';
import { faultOfBatch } from './faults.js';

const SiteOutputs = z.object({ siteId: z.string() });

type Refused = Map<string, VendorFault>;

interface Target {
  networkId: string;
  connection: VendorConnection;
  signal: AbortSignal;
}

/** Lists the network, and brings what differs into as few batches as the vendor accepts. */
export async function convergeDevices(round: DeviceRound): Promise<DeviceResult[]> {
  const { siteId: networkId } = SiteOutputs.parse(round.site.outputs);
  const { connection, signal } = round;
  const target = { networkId, connection, signal };
  if (round.devices.some(({ mayExist }) => mayExist)) await awaitEarlierBatches(round, target);
  const refused = await changeDevices(round, target);
  return round.devices.map((device) => {
    const { resourceId } = device;
    const fault = refused.get(resourceId);
    if (fault !== undefined) return { resourceId, outcome: 'refused', fault };
    const serial = specOf(device)?.serial;
    return { resourceId, outcome: 'applied', outputs: serial === undefined ? {} : { serial, networkId } };
  });
}

/** A try whose answer was lost may have left a batch that still runs: the list would not show what it is about to do. */
async function awaitEarlierBatches(round: DeviceRound, { networkId, ...reach }: Target): Promise<void> {
  const ofDevices = round.devices.flatMap((device) => {
    const serial = specOf(device)?.serial;
    return serial === undefined ? [] : [pathOf`/devices/${serial}`];
  });
  const ours = new Set(ofDevices);
  const ofNetwork = pathOf`/networks/${networkId}/`;
  for (const batch of await listPendingBatches(reach.connection, reach.signal)) {
    const isOurs = batch.actions.some(({ resource }) => resource.startsWith(ofNetwork) || ours.has(resource));
    if (isOurs) await endOf(batch, batch.actions.length, reach);
  }
}

async function changeDevices(round: DeviceRound, target: Target): Promise<Refused> {
  const first = await planRound(round, target);
  if (isTooLarge(first.changes, target)) {
    return new Map([...first.refused, ...(await halves(first.changes, target))]);
  }
  const outcome = await runChanges(first.changes, target);
  if (outcome.isDone) return first.refused;
  // Something else may have done part of it in the meantime: only what is still to be done can be to blame.
  const { changes, refused } = await planRound(round, target);
  const isAsBefore = JSON.stringify(changes) === JSON.stringify(first.changes);
  const found = isAsBefore
    ? await withoutOffenders(changes, outcome.sentences, target)
    : await change(changes, target);
  return new Map([...refused, ...found]);
}

async function planRound(round: DeviceRound, { networkId, connection, signal }: Target) {
  const listed = await unlessGone(listNetworkDevices(connection, networkId, signal));
  if (listed !== undefined) return planDevices(round.devices, listed);
  // Nothing is left to remove devices from, and nothing to put them into.
  const fault = faultOfBatch([`the network ${networkId} is gone`]);
  const wanted = round.devices.filter(({ spec }) => spec !== undefined);
  return { changes: [], refused: new Map(wanted.map(({ resourceId }) => [resourceId, fault])) };
}

/** Does what can be done of the changes; answers what the vendor refused, and why. */
async function change(changes: readonly DeviceChange[], target: Target): Promise<Refused> {
  if (isTooLarge(changes, target)) return halves(changes, target);
  const outcome = await runChanges(changes, target);
  return outcome.isDone ? new Map() : withoutOffenders(changes, outcome.sentences, target);
}

const isTooLarge = (changes: readonly DeviceChange[], { networkId }: Target): boolean =>
  changes.length > 1 && actionsOf(networkId, changes).length > MOST_ACTIONS;

async function runChanges(changes: readonly DeviceChange[], { networkId, ...reach }: Target) {
  const actions = actionsOf(networkId, changes);
  if (actions.length === 0) return { isDone: true as const };
  return runBatch(actions, reach);
}

/** After a batch that failed: those that the vendor's words name are to blame; where they name none, it is halved. */
async function withoutOffenders(
  changes: readonly DeviceChange[],
  sentences: readonly string[],
  target: Target,
): Promise<Refused> {
  const fault = faultOfBatch(sentences);
  if (fault.retryable) throw new VendorFaultError(fault);
  const [only] = changes;
  if (only !== undefined && changes.length === 1) return new Map([[only.resourceId, fault]]);
  const refused: Refused = new Map();
  for (const one of changes) {
    const serials = serialsOf(one);
    const about = sentences.filter((sentence) => serials.some((serial) => sentence.includes(serial)));
    if (about.length > 0) refused.set(one.resourceId, faultOfBatch(about));
  }
  if (refused.size === 0) return halves(changes, target);
  const others = changes.filter(({ resourceId }) => !refused.has(resourceId));
  return new Map([...refused, ...(await change(others, target))]);
}

async function halves(changes: readonly DeviceChange[], target: Target): Promise<Refused> {
  const middle = Math.ceil(changes.length / 2);
  const first = await change(changes.slice(0, middle), target);
  return new Map([...first, ...(await change(changes.slice(middle), target))]);
}
