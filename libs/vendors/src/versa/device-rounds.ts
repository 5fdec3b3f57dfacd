import type { DeviceProgramming, DeviceResult, DeviceRound, WantedDevice } from '../devices.js';
import { VendorFaultError, type VendorFault } from '../faults.js';
import { BranchIds } from './branch-ids.js';
import { runInBulk } from './bulk.js';
import { outOfSyncDevices } from './device-groups.js';
import { VersaDevice } from './device-spec.js';
import { stepFor, type DeviceStep, type FoundDevice, type SiteOfRound } from './device-steps.js';
import {
  createWorkflow,
  deleteWorkflow,
  deployWorkflows,
  findWorkflow,
  listWorkflows,
  updateBindings,
  updateWorkflow,
  type DeviceWorkflow,
} from './device-workflows.js';
import { isAboutRequest } from './faults.js';
import { deviceNameAt } from './names.js';
import { readOutputs } from './site-outputs.js';
import { forEachOf } from './slots.js';
import { endOfTask, refusalOfTaskEnd } from './tasks.js';
import { commitTemplate } from './templates.js';

const BULK_SIZE = 50;
/** Calls that exist for one device at a time, so many at once. */
const DEVICES_AT_ONCE = 4;
/** Up to so many devices are looked up one by one, as the list is that of the whole organisation. */
const FEW = 3;
/** Looks, each with what it leads to. Two do as a rule: the first one sees what is to be done, the second that it is. */
const MAX_LOOKS = 6;
/** A deploy that failed because another writer was given the same id; documented nowhere. */
const ID_IN_USE = /\b(?:site|branch|device)[ -]?id\b/i;

export const deviceProgramming: DeviceProgramming = {
  spec: VersaDevice,
  bulkSize: BULK_SIZE,
  callsOfRound: {
    'device:list': 2,
    'deviceGroup:deviceStatus': 2,
    'globalId:branch': 1,
    'device:create': 1,
    'device:bulkDeploy': 1,
    'task:get': 3,
  },
  converge: (round) => new VersaRound(round).converge(),
};

type Steps<Kind extends DeviceStep['kind']> = { name: string; step: Extract<DeviceStep, { kind: Kind }> }[];

/** Looks, does what is missing, and looks again until nothing is: what the Director says of a task is not enough. */
class VersaRound {
  readonly #round: DeviceRound;
  readonly #site: SiteOfRound;
  readonly #devices: ReadonlyMap<string, WantedDevice>;
  readonly #ids: BranchIds;
  readonly #refused = new Map<string, VendorFault>();
  /** At work on by a task that is not this round's: nothing more can be done about them in it. They stay due. */
  readonly #busy = new Map<string, VendorFault>();
  /** Devices whose id another writer has taken. */
  readonly #clashes = new Set<string>();
  /** What this round has begun may exist, whatever was known of it before. */
  readonly #begun = new Set<string>();
  #found = new Map<string, FoundDevice>();

  constructor(round: DeviceRound) {
    const { site, devices, connection, signal } = round;
    this.#round = round;
    this.#site = { ...readOutputs(site.outputs), organization: connection.accountId };
    this.#devices = new Map(devices.map((device) => [deviceNameAt(site.vendorName, device.name), device]));
    this.#ids = new BranchIds(connection, signal);
  }

  async converge(): Promise<DeviceResult[]> {
    try {
      await this.#converge();
    } catch (error) {
      this.#round.signal.throwIfAborted();
      // What was refused took calls to find out, so it is told whatever came after it; the rest stays due.
      if (this.#refused.size === 0) throw error;
      return [...this.#devices].flatMap(([name, { resourceId }]) => {
        const fault = this.#refused.get(name);
        return fault === undefined ? [] : [{ resourceId, outcome: 'refused', fault, mayExist: true }];
      });
    }
    const [fault] = this.#busy.values();
    if (fault !== undefined && this.#busy.size === this.#devices.size) throw new VendorFaultError(fault);
    return [...this.#devices]
      .filter(([name]) => !this.#busy.has(name))
      .map(([name, device]) => this.#resultOf(name, device));
  }

  async #converge(): Promise<void> {
    for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
      await this.#look();
      const steps = this.#steps();
      if (steps.every(({ step }) => step.kind === 'nothing')) break;
      if (looks === MAX_LOOKS) this.#giveUp(steps);
      else await this.#perform(steps);
    }
    await this.#discardRefused();
  }

  async #look(): Promise<void> {
    const { connection, signal } = this.#round;
    const names = [...this.#devices.keys()];
    const workflows =
      names.length > FEW
        ? await listWorkflows(connection, signal)
        : await Promise.all(names.map((name) => findWorkflow(connection, name, signal)));
    const ours = workflows.filter(
      (workflow): workflow is DeviceWorkflow =>
        workflow !== undefined && this.#devices.has(workflow.deviceName),
    );
    const hasDeployed = ours.some(
      ({ deviceName, status }) => status === 'Deployed' && this.#devices.get(deviceName)?.spec !== undefined,
    );
    const outOfSync = hasDeployed
      ? await outOfSyncDevices(connection, this.#site.deviceGroup, signal)
      : new Set<string>();
    this.#found = new Map(
      ours.map((workflow) => [
        workflow.deviceName,
        { workflow, isOutOfSync: outOfSync.has(workflow.deviceName) },
      ]),
    );
  }

  #steps(): Steps<DeviceStep['kind']> {
    return [...this.#devices]
      .filter(([name]) => this.#isOpen(name))
      .map(([name, device]) => ({ name, step: this.#stepFor(name, device) }));
  }

  #isOpen(name: string): boolean {
    return !this.#refused.has(name) && !this.#busy.has(name);
  }

  #refuse(name: string, fault: VendorFault): void {
    (fault.isBusy === true ? this.#busy : this.#refused).set(name, fault);
  }

  #stepFor(name: string, device: WantedDevice): DeviceStep {
    const found = this.#found.get(name);
    const known = { ...device, mayExist: device.mayExist || this.#begun.has(name) };
    const step = stepFor(known, name, { found, site: this.#site });
    return step.kind === 'deploy' && found !== undefined && this.#clashes.has(name)
      ? { kind: 'replace', workflow: found.workflow }
      : step;
  }

  #giveUp(steps: Steps<DeviceStep['kind']>): void {
    for (const { name, step } of steps) {
      if (step.kind === 'nothing') continue;
      const message = `the Director does not show ${name} as it was asked for`;
      this.#refused.set(name, { code: 'VENDOR_UNAVAILABLE', message, retryable: true });
    }
  }

  /** Removals first: what they set free may be wanted by others. */
  async #perform(steps: Steps<DeviceStep['kind']>): Promise<void> {
    const { connection, signal } = this.#round;
    for (const { name, step } of ofKind(steps, 'refuse')) this.#refused.set(name, step.fault);
    await this.#each(ofKind(steps, 'remove'), ({ name }) => this.#remove(name));
    for (const { name, step } of steps) if (step.kind === 'create') this.#begun.add(name);
    await this.#each(ofKind(steps, 'create'), ({ step: { workflow } }) => this.#create(workflow));
    await this.#each(ofKind(steps, 'replace'), ({ name, step }) => this.#replace(name, step.workflow));
    await this.#each(ofKind(steps, 'bind'), ({ name, step: { bindings } }) =>
      updateBindings(connection, { device: name, template: this.#site.templateName, bindings }, signal),
    );
    const toDeploy = [...ofKind(steps, 'create'), ...ofKind(steps, 'replace'), ...ofKind(steps, 'deploy')];
    await this.#inBulk(toDeploy, (names) => deployWorkflows(connection, names, signal));
    await this.#inBulk(ofKind(steps, 'bind'), (names) =>
      commitTemplate(connection, this.#site.templateName, names, signal),
    );
  }

  /** One by one. A refusal and being busy is the device's own, anything else the whole round's. */
  #each<Item extends { name: string }>(
    items: readonly Item[],
    work: (item: Item) => Promise<void>,
  ): Promise<void> {
    return forEachOf(items, DEVICES_AT_ONCE, async (item) => {
      try {
        await work(item);
      } catch (error) {
        if (!isAboutRequest(error)) throw error;
        this.#refuse(item.name, error.fault);
      }
    });
  }

  async #inBulk(
    items: readonly { name: string }[],
    start: (names: readonly string[]) => Promise<string>,
  ): Promise<void> {
    const { connection, signal } = this.#round;
    const names = items.map(({ name }) => name).filter((name) => this.#isOpen(name));
    const refuse = (name: string, { fault }: VendorFaultError) => {
      if (ID_IN_USE.test(fault.message)) this.#clashes.add(name);
      else this.#refuse(name, fault);
    };
    await runInBulk(names, { start, refuse, connection, signal });
  }

  async #remove(name: string): Promise<void> {
    const { connection, signal } = this.#round;
    const task = await deleteWorkflow(connection, name, signal);
    const refusal =
      task === undefined ? undefined : refusalOfTaskEnd(await endOfTask(connection, task, signal));
    if (refusal !== undefined) throw refusal;
  }

  #create(workflow: DeviceWorkflow): Promise<void> {
    const { connection, signal } = this.#round;
    return this.#ids.assign((siteId) => createWorkflow(connection, { ...workflow, siteId }, signal));
  }

  async #replace(name: string, workflow: DeviceWorkflow): Promise<void> {
    const { connection, signal } = this.#round;
    if (!this.#clashes.delete(name)) return updateWorkflow(connection, workflow, signal);
    return this.#ids.assign((siteId) => updateWorkflow(connection, { ...workflow, siteId }, signal));
  }

  /** A workflow that was refused for good, and never was a device, is nobody's: it would be in its successor's way. */
  async #discardRefused(): Promise<void> {
    const discarded = [...this.#refused].filter(([name, { code }]) => {
      const found = this.#found.get(name);
      return code === 'VENDOR_REJECTED' && found !== undefined && found.workflow.status !== 'Deployed';
    });
    await forEachOf(discarded, DEVICES_AT_ONCE, async ([name]) => {
      try {
        await this.#remove(name);
      } catch (error) {
        // Then it stays; the next round knows it by its name and its group.
        if (!isAboutRequest(error)) throw error;
      }
    });
  }

  #resultOf(name: string, { resourceId, spec }: WantedDevice): DeviceResult {
    const fault = this.#refused.get(name);
    if (fault !== undefined) return { resourceId, outcome: 'refused', fault, mayExist: true };
    const workflow = this.#found.get(name)?.workflow;
    const outputs =
      spec === undefined || workflow === undefined
        ? {}
        : { deviceName: workflow.deviceName, branchId: workflow.siteId };
    return { resourceId, outcome: 'applied', outputs };
  }
}

const ofKind = <Kind extends DeviceStep['kind']>(
  steps: Steps<DeviceStep['kind']>,
  kind: Kind,
): { name: string; step: Extract<DeviceStep, { kind: Kind }> }[] =>
  steps.filter(
    (entry): entry is { name: string; step: Extract<DeviceStep, { kind: Kind }> } => entry.step.kind === kind,
  );
