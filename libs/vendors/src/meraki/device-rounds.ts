import { z } from 'zod';
import type { DeviceResult, DeviceRound } from '../devices.js';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { listPendingBatches, MOST_ACTIONS } from './action-batches.js';
import { endOf, runBatch, type BatchOutcome } from './batch-runs.js';
import { pathOf, unlessGone } from './client.js';
import { actionsOf, knownSerials, planDevices, serialsOf, specOf, type DeviceChange } from './device-plan.js';
import { listNetworkDevices } from './devices.js';
import { faultOfBatch } from './faults.js';

const SiteOutputs = z.object({ siteId: z.string() });

interface Target {
  networkId: string;
  connection: VendorConnection;
  signal: AbortSignal;
}

/** What a round has found out so far, by device. */
type Findings = Map<string, DeviceResult>;

/** Lists the network, and brings what differs into as few batches as the vendor accepts. */
export async function convergeDevices(round: DeviceRound): Promise<DeviceResult[]> {
  const { siteId: networkId } = SiteOutputs.parse(round.site.outputs);
  const { connection, signal } = round;
  const findings: Findings = new Map();
  try {
    await new Convergence(round, { networkId, connection, signal }, findings).run();
  } catch (error) {
    // What the vendor has refused is not asked for again; the rest of the round is still to be done.
    const hasRefusals = [...findings.values()].some(({ outcome }) => outcome === 'refused');
    if (!hasRefusals || signal.aborted) throw error;
  }
  return round.devices.flatMap(({ resourceId }) => findings.get(resourceId) ?? []);
}

class Convergence {
  readonly #round: DeviceRound;
  readonly #target: Target;
  readonly #findings: Findings;

  constructor(round: DeviceRound, target: Target, findings: Findings) {
    this.#round = round;
    this.#target = target;
    this.#findings = findings;
  }

  async run(): Promise<void> {
    if (this.#round.devices.some(({ mayExist }) => mayExist)) await this.#awaitEarlierBatches();
    const changes = await this.#plan();
    if (this.#isTooLarge(changes)) return this.#halves(changes);
    const outcome = await this.#runBatch(changes);
    if (outcome.isDone) return this.#applied(changes);
    // Something else may have done part of it in the meantime: only what is still to be done can be to blame.
    const left = await this.#plan();
    const isAsBefore = JSON.stringify(left) === JSON.stringify(changes);
    return isAsBefore ? this.#withoutOffenders(left, outcome.sentences) : this.#change(left);
  }

  /** A try whose answer was lost may have left a batch that runs: the list would not show what it is about to do. */
  async #awaitEarlierBatches(): Promise<void> {
    const { networkId, ...reach } = this.#target;
    const ofNetwork = pathOf`/networks/${networkId}/`;
    const ofDevices = new Set(
      this.#round.devices.flatMap(knownSerials).map((serial) => pathOf`/devices/${serial}`),
    );
    for (const batch of await listPendingBatches(reach.connection, reach.signal)) {
      const isOurs = batch.actions.some(
        ({ resource }) => resource.startsWith(ofNetwork) || ofDevices.has(resource),
      );
      if (isOurs) await endOf(batch, batch.actions.length, reach);
    }
  }

  /** Looks at the network; answers what has to be changed, and notes down what has not. */
  async #plan(): Promise<DeviceChange[]> {
    const { networkId, connection, signal } = this.#target;
    const { devices } = this.#round;
    const listed = await unlessGone(listNetworkDevices(connection, networkId, signal));
    this.#findings.clear();
    if (listed === undefined) {
      // Nothing is left to remove devices from, and nothing to put them into.
      const fault = faultOfBatch([`the network ${networkId} is gone`]);
      for (const { resourceId, spec } of devices) {
        if (spec === undefined) this.#applied([{ resourceId }]);
        else this.#findings.set(resourceId, { resourceId, outcome: 'refused', fault });
      }
      return [];
    }
    const { changes, refused } = planDevices(devices, listed);
    for (const [resourceId, fault] of refused) {
      this.#findings.set(resourceId, { resourceId, outcome: 'refused', fault });
    }
    const isOpen = new Set([...changes.map(({ resourceId }) => resourceId), ...refused.keys()]);
    this.#applied(devices.filter(({ resourceId }) => !isOpen.has(resourceId)));
    return changes;
  }

  /** Does what can be done of the changes. */
  async #change(changes: readonly DeviceChange[]): Promise<void> {
    if (this.#isTooLarge(changes)) return this.#halves(changes);
    const outcome = await this.#runBatch(changes);
    if (outcome.isDone) this.#applied(changes);
    else await this.#withoutOffenders(changes, outcome.sentences);
  }

  /** After a batch that failed: those that the vendor's words name are to blame; if they name none, it is halved. */
  async #withoutOffenders(changes: readonly DeviceChange[], sentences: readonly string[]): Promise<void> {
    const fault = faultOfBatch(sentences);
    if (fault.retryable) throw new VendorFaultError(fault);
    const others: DeviceChange[] = [];
    for (const one of changes) {
      const { resourceId } = one;
      const serials = serialsOf(one);
      const about = sentences.filter((sentence) => serials.some((serial) => sentence.includes(serial)));
      const reason = changes.length === 1 ? fault : faultOfBatch(about);
      if (about.length === 0 && changes.length > 1) others.push(one);
      else this.#findings.set(resourceId, { resourceId, outcome: 'refused', fault: reason });
    }
    if (others.length === changes.length) await this.#halves(changes);
    else await this.#change(others);
  }

  async #halves(changes: readonly DeviceChange[]): Promise<void> {
    const middle = Math.ceil(changes.length / 2);
    await this.#change(changes.slice(0, middle));
    await this.#change(changes.slice(middle));
  }

  #isTooLarge(changes: readonly DeviceChange[]): boolean {
    return changes.length > 1 && actionsOf(this.#target.networkId, changes).length > MOST_ACTIONS;
  }

  async #runBatch(changes: readonly DeviceChange[]): Promise<BatchOutcome> {
    const { networkId, ...reach } = this.#target;
    const actions = actionsOf(networkId, changes);
    return actions.length === 0 ? { isDone: true } : runBatch(actions, reach);
  }

  #applied(those: readonly { resourceId: string }[]): void {
    const { networkId } = this.#target;
    const ids = new Set(those.map(({ resourceId }) => resourceId));
    for (const device of this.#round.devices) {
      const { resourceId } = device;
      if (!ids.has(resourceId)) continue;
      const serial = specOf(device)?.serial;
      const outputs = serial === undefined ? {} : { serial, networkId };
      this.#findings.set(resourceId, { resourceId, outcome: 'applied', outputs });
    }
  }
}
