import { VendorFaultError, type VendorFault } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { isDue, partsOf, planOf, type DevicePlan, type DeviceTarget, type Step } from './device-plan.js';
import { StaticHostsRefusedError } from './static-host-faults.js';
import {
  changeStaticHosts,
  listStaticHosts,
  updateStaticHosts,
  type StaticHost,
  type StaticHostChanges,
} from './static-hosts.js';

/**
 * Hosts that one call names at most. The vendor documents no limit; its clients and advice go no further than this
 * (see `changeStaticHosts`), and the error of a longer call would name nobody.
 */
export const HOSTS_PER_CALL = 100;

/**
 * Updates, then removals and additions, then a look whether anything is left. A MAC address to clear takes one more,
 * and so does a host that vanishes meanwhile.
 */
const MAX_PASSES = 6;

/** One round over the static hosts of a site, and what it knows of them. */
export class HostRound {
  /** What the vendor has said no to, each on its own. */
  readonly refusals = new Map<string, VendorFault>();
  readonly #siteId: string;
  readonly #devices: readonly DeviceTarget[];
  readonly #connection: VendorConnection;
  readonly #signal: AbortSignal;
  #hosts = new Map<string, StaticHost>();
  /** Devices whose addition was sent: what looks like them is theirs. */
  readonly #sent = new Set<string>();

  constructor(
    siteId: string,
    devices: readonly DeviceTarget[],
    { connection, signal }: { connection: VendorConnection; signal: AbortSignal },
  ) {
    this.#siteId = siteId;
    this.#devices = devices;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Goes on until every device is as wanted or refused. */
  async converge(): Promise<void> {
    await this.#list();
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      const { updates, changes } = this.plan();
      if (updates.length + changes.length === 0) return;
      // What the updates have come to decides what the changes are.
      for (const steps of chunks(updates.length > 0 ? updates : changes)) await this.#take(steps);
    }
    throw new VendorFaultError({
      code: 'VENDOR_UNAVAILABLE',
      message: 'the vendor has accepted changes of static hosts and does not show them',
      retryable: true,
    });
  }

  /** What is left to do, as far as is known. */
  plan(): DevicePlan {
    const devices = this.#devices.map((device) =>
      device.target !== undefined && this.#sent.has(device.resourceId)
        ? { ...device, lookalikes: [...device.lookalikes, device.target] }
        : device,
    );
    return planOf(devices, [...this.#hosts.values()], new Set(this.refusals.keys()));
  }

  async #list(): Promise<void> {
    const hosts = await listStaticHosts(this.#siteId, this.#connection, this.#signal);
    this.#hosts = new Map(hosts.map((host) => [host.hostId, host]));
  }

  /** Takes steps that may go into one call; a refused call is taken apart until the refused steps stand alone. */
  async #take(wanted: readonly Step[]): Promise<void> {
    const steps = wanted.filter((step) => !this.refusals.has(step.resourceId) && isDue(step, this.#hosts));
    const [first] = steps;
    if (first === undefined) return;
    let refusal: StaticHostsRefusedError;
    try {
      await this.#send(steps);
      return;
    } catch (error) {
      if (!(error instanceof StaticHostsRefusedError)) {
        await this.#verify(steps, error);
        return;
      }
      refusal = error;
    }
    // It is not documented that a refused call has changed nothing, and what is missing may be the site.
    if (steps.length > 1 || refusal.missing !== undefined) await this.#list();
    if (steps.length === 1) {
      if (isDue(first, this.#hosts)) await this.#refuse(first, refusal.fault);
      return;
    }
    const named = new Set<unknown>(refusal.offenders);
    for (const part of partsOf(steps, ({ entry }) => named.has(entry))) await this.#take(part);
  }

  async #send(steps: readonly Step[]): Promise<void> {
    const add = steps.filter((step) => step.kind === 'add');
    const remove = steps.filter((step) => step.kind === 'remove');
    const update = steps.filter((step) => step.kind === 'update');
    for (const { resourceId } of add) this.#sent.add(resourceId);
    const hosts =
      update.length > 0
        ? await updateStaticHosts(this.#siteId, entriesOf(update), this.#connection, this.#signal)
        : await this.#change({ add: entriesOf(add), remove: entriesOf(remove) });
    for (const { entry } of remove) this.#hosts.delete(entry.hostId);
    for (const host of hosts) this.#hosts.set(host.hostId, host);
  }

  #change(changes: StaticHostChanges): Promise<StaticHost[]> {
    return changeStaticHosts(this.#siteId, changes, this.#connection, this.#signal);
  }

  /** Nobody knows what became of a call without an answer, but the list may tell that it took place. */
  async #verify(steps: readonly Step[], error: unknown): Promise<void> {
    if (!(error instanceof VendorFaultError) || error.fault.code !== 'VENDOR_UNAVAILABLE') throw error;
    try {
      await this.#list();
    } catch {
      this.#signal.throwIfAborted();
      throw error;
    }
    if (steps.some((step) => isDue(step, this.#hosts))) throw error;
  }

  async #refuse(step: Step, fault: VendorFault): Promise<void> {
    this.refusals.set(step.resourceId, fault);
    if (step.kind !== 'add' || step.former === undefined || this.#hosts.has(step.former.hostId)) return;
    try {
      // Its host is removed already: a device whose edit is refused stays what it was.
      for (const host of await this.#change({ add: [step.former], remove: [] })) {
        this.#hosts.set(host.hostId, host);
      }
    } catch (error) {
      if (!(error instanceof StaticHostsRefusedError)) throw error;
    }
  }
}

const entriesOf = <Entry>(steps: readonly { entry: Entry }[]): Entry[] => steps.map(({ entry }) => entry);

function chunks(steps: readonly Step[]): Step[][] {
  const count = Math.ceil(steps.length / HOSTS_PER_CALL);
  return Array.from({ length: count }, (_, index) =>
    steps.slice(index * HOSTS_PER_CALL, (index + 1) * HOSTS_PER_CALL),
  );
}
