import type { VendorFault } from '../faults.js';
import { normalisedMac } from './device-spec.js';
import type { StaticHost } from './static-hosts.js';

/** What a static host says of itself. */
export type HostValues = Omit<StaticHost, 'hostId'>;

/** A device of the round, in terms of static hosts. */
export interface DeviceTarget {
  resourceId: string;
  /** As its host is to be; undefined: it is to go. */
  target: HostValues | undefined;
  /** The id that is on record. */
  hostId: string | undefined;
  /** A host of its name with any of these values is its own too: an answer was lost, and the id with it. */
  lookalikes: readonly HostValues[];
}

/** What of a host changes in place. */
export type HostChange = Pick<StaticHost, 'hostId'> & Partial<Record<keyof HostValues, string>>;

/** One step towards the targets. `entry` is what a call says of it. */
export type Step =
  | { kind: 'update'; resourceId: string; entry: HostChange }
  | { kind: 'remove'; resourceId: string; entry: Pick<StaticHost, 'hostId'>; host: StaticHost }
  /** `former` is the host that the new one takes the place of. */
  | { kind: 'add'; resourceId: string; entry: HostValues; former?: StaticHost };

export interface DevicePlan {
  /** Steps in place: they need nothing but what is free already, so they come first and make room for the others. */
  updates: Step[];
  /** Removals before additions: an addition may need what a removal frees. */
  changes: Step[];
  /** What cannot be, as far as the list tells. */
  refused: Map<string, VendorFault>;
  /** What is as it is to be: its host's id, undefined when it is gone. */
  done: Map<string, string | undefined>;
}

const sameMac = (one: string | null, other: string | null): boolean =>
  one === other || (one !== null && other !== null && normalisedMac(one) === normalisedMac(other));

export const isSame = (host: HostValues, values: HostValues): boolean =>
  host.name === values.name && host.ip === values.ip && sameMac(host.macAddress, values.macAddress);

interface Entry {
  resourceId: string;
  target: HostValues | undefined;
  /** Its host at the vendor. */
  own: StaticHost | undefined;
}

/**
 * What leads from the hosts of a site to what its devices are to be. Hosts that belong to none of the devices are left
 * alone, and so are the devices that need something of theirs.
 * @param refusedBefore devices that the vendor has said no to: their hosts stay what they are
 */
export function planOf(
  devices: readonly DeviceTarget[],
  hosts: readonly StaticHost[],
  refusedBefore: ReadonlySet<string>,
): DevicePlan {
  const entries = withHosts(devices, hosts);
  const holders = new Holders(hosts);
  const refused = conflicts(
    entries.filter(({ resourceId }) => !refusedBefore.has(resourceId)),
    holders,
  );
  const plan: DevicePlan = { updates: [], changes: [], refused, done: new Map() };
  const additions: Step[] = [];
  for (const { resourceId, own, target } of entries) {
    if (refused.has(resourceId) || refusedBefore.has(resourceId)) continue;
    if (isAsWanted(own, target)) {
      plan.done.set(resourceId, own?.hostId);
      continue;
    }
    const change = own && target && holders.of(target, own).length === 0 ? changeOf(own, target) : undefined;
    if (change) {
      plan.updates.push({ kind: 'update', resourceId, entry: change });
      continue;
    }
    if (own) plan.changes.push({ kind: 'remove', resourceId, entry: { hostId: own.hostId }, host: own });
    if (target) additions.push({ kind: 'add', resourceId, entry: target, ...(own ? { former: own } : {}) });
  }
  plan.changes.push(...additions);
  return plan;
}

/** Whether a step has anything left to do. */
export function isDue(step: Step, hosts: ReadonlyMap<string, StaticHost>): boolean {
  if (step.kind === 'remove') return hosts.has(step.entry.hostId);
  if (step.kind === 'add') return ![...hosts.values()].some((host) => isSame(host, step.entry));
  const host = hosts.get(step.entry.hostId);
  return host !== undefined && !isSame(host, { ...host, ...step.entry });
}

/**
 * The parts of a refused call, to be sent one after the other. What the vendor's words name is tried on its own, for
 * only what is refused alone is refused for certain.
 */
export function partsOf(steps: readonly Step[], isNamed: (step: Step) => boolean): Step[][] {
  const removals = steps.filter(({ kind }) => kind === 'remove');
  const others = steps.filter(({ kind }) => kind !== 'remove');
  if (removals.length > 0 && others.some((step) => takesFrom(step, removals))) return [removals, others];
  const named = steps.filter(isNamed);
  if (named.length > 0 && named.length < steps.length) {
    return [...named.map((step) => [step]), steps.filter((step) => !isNamed(step))];
  }
  const middle = Math.ceil(steps.length / 2);
  return [steps.slice(0, middle), steps.slice(middle)];
}

/** An addition that needs what a removal frees: whether one call can do both, the vendor does not say. */
const takesFrom = (step: Step, removals: readonly Step[]): boolean =>
  step.kind === 'add' &&
  removals.some(
    (removal) =>
      removal.kind === 'remove' &&
      (removal.host.name === step.entry.name || removal.host.ip === step.entry.ip),
  );

function withHosts(devices: readonly DeviceTarget[], hosts: readonly StaticHost[]): Entry[] {
  const byId = new Map(hosts.map((host) => [host.hostId, host]));
  const recorded = new Set(devices.map(({ hostId }) => hostId));
  const free = new Map(hosts.filter(({ hostId }) => !recorded.has(hostId)).map((host) => [host.name, host]));
  const lookalike = (values: readonly HostValues[]): StaticHost | undefined =>
    values
      .map((each) => ({ each, host: free.get(each.name) }))
      .find(({ each, host }) => host !== undefined && isSame(host, each))?.host;
  return devices.map(({ resourceId, target, hostId, lookalikes }) => ({
    resourceId,
    target,
    own: (hostId === undefined ? undefined : byId.get(hostId)) ?? lookalike(lookalikes),
  }));
}

class Holders {
  readonly #byName: ReadonlyMap<string, StaticHost>;
  readonly #byIp: ReadonlyMap<string, StaticHost>;

  constructor(hosts: readonly StaticHost[]) {
    this.#byName = new Map(hosts.map((host) => [host.name, host]));
    this.#byIp = new Map(hosts.map((host) => [host.ip, host]));
  }

  /** The hosts besides its own that have what a device is to have. */
  of({ name, ip }: HostValues, own: StaticHost | undefined): StaticHost[] {
    return [this.#byName.get(name), this.#byIp.get(ip)].filter(
      (host): host is StaticHost => host !== undefined && host.hostId !== own?.hostId,
    );
  }
}

/**
 * Devices that need a name or an address of a host that stays, or of another device. A device that is refused keeps
 * what it has, so that the next one may be refused for it.
 */
function conflicts(entries: readonly Entry[], holders: Holders): Map<string, VendorFault> {
  const refused = new Map<string, VendorFault>();
  const settledFirst = entries.toSorted((one, other) => Number(isSettled(other)) - Number(isSettled(one)));
  let before: number;
  do {
    before = refused.size;
    const going = settledFirst.filter(({ resourceId }) => !refused.has(resourceId));
    const leaving = new Set(going.map(({ own }) => own?.hostId));
    const claims = new Set<string>();
    for (const { resourceId, own, target } of going) {
      if (target === undefined) continue;
      const holder = holders.of(target, own).find(({ hostId }) => !leaving.has(hostId));
      if (holder) refused.set(resourceId, takenBy(holder, target));
      else if (claims.has(target.ip)) refused.set(resourceId, claimedTwice(target));
      else claims.add(target.ip);
    }
  } while (refused.size > before);
  return refused;
}

const isAsWanted = (own: StaticHost | undefined, target: HostValues | undefined): boolean =>
  own && target ? isSame(own, target) : own === target;

/** It keeps its address, whatever else of it changes. */
const isSettled = ({ own, target }: Entry): boolean => own !== undefined && own.ip === target?.ip;

const nameTaken = (message: string): VendorFault => ({ code: 'NAME_TAKEN', message, retryable: false });

const takenBy = (holder: StaticHost, { name, ip }: HostValues): VendorFault =>
  nameTaken(
    holder.name === name
      ? `the site has another host called "${name}"`
      : `the site has another host with the address ${ip}: "${holder.name}"`,
  );

const claimedTwice = ({ ip }: HostValues): VendorFault =>
  nameTaken(`another device of the site is to have the address ${ip}`);

/**
 * The update that makes a host what it is to be; undefined when none does: the vendor takes no MAC address away. One
 * that does a part of it would leave a host of which nothing on record says whose it is.
 */
function changeOf(own: StaticHost, target: HostValues): HostChange | undefined {
  if (own.macAddress !== null && target.macAddress === null) return undefined;
  const change: HostChange = { hostId: own.hostId };
  if (own.name !== target.name) change.name = target.name;
  if (own.ip !== target.ip) change.ip = target.ip;
  if (target.macAddress !== null && !sameMac(own.macAddress, target.macAddress)) {
    change.macAddress = target.macAddress;
  }
  return change;
}
