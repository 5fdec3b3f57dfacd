import { changeSet, inOneGo, refuseTooMany, type Undo } from './bulk.js';
import { assignGiven, siteByRef, type CatoContext, type ObjectRef } from './context.js';
import type { Resolver } from './execute.js';
import { OperationRefused } from './graphql/graphql-error.js';
import type { NativeRange, NetworkRange } from './network-range-store.js';
import type { CatoSite } from './store.js';

type RangeValues = Omit<NetworkRange, 'id' | 'siteId'>;
type RangeInput = Partial<RangeValues> & Pick<RangeValues, 'name' | 'rangeType' | 'subnet'>;
type RangeUpdate = { [Key in keyof RangeValues]?: RangeValues[Key] | null };
type NewRange = RangeInput & { lanSocketInterfaceId: string };
type Reference = { networkRangeId: string };
type Bulk<Item> = { input: { site: ObjectRef; networkRange: Item[] } };

interface SiteRangesInput {
  site: ObjectRef;
  networkRange?: NewRange[] | null;
  networkRangeToAdd?: NewRange[] | null;
  networkRangeToRemove?: Reference[] | null;
}

const NATIVE = 'Native';

const rangeNotFound = (id: string): OperationRefused =>
  new OperationRefused(`Network range with id: ${id} is not found`);

/** The range as the API shows it. */
function answerRange({ id, ...range }: NativeRange | NetworkRange): Record<string, unknown> {
  return {
    rangeType: NATIVE,
    azureFloatingIp: null,
    gcpLoadBalancerIp: null,
    primaryManagementIp: null,
    secondaryManagementIp: null,
    ...range,
    networkRangeId: id,
  };
}

function siteOfRange({ account }: CatoContext, id: string): CatoSite {
  const site = account.siteOfRange(id) ?? account.sites.get(account.ranges.get(id)?.siteId ?? '');
  if (!site) throw rangeNotFound(id);
  return site;
}

function siteOfInterface({ account }: CatoContext, id: string): CatoSite {
  const site = account.siteOfInterface(id);
  if (!site) throw new OperationRefused(`Network interface with id: ${id} is not found`);
  return site;
}

/** The steps that a call takes with the ranges of one site, each checked before it is taken. */
class RangeChanges {
  readonly #context: CatoContext;
  readonly #site: CatoSite;
  readonly #undos: Undo[];

  constructor(context: CatoContext, site: CatoSite, undos: Undo[]) {
    this.#context = context;
    this.#site = site;
    this.#undos = undos;
  }

  add(input: RangeInput): NetworkRange {
    const { ranges } = this.#context.account;
    if (input.rangeType === NATIVE) throw new OperationRefused('a site has exactly one native range');
    this.#refuseTaken(undefined, input);
    const range: NetworkRange = {
      id: this.#context.store.nextRangeId(),
      siteId: this.#site.id,
      name: input.name,
      rangeType: input.rangeType,
      subnet: input.subnet,
      gateway: input.gateway ?? null,
      localIp: input.localIp ?? null,
      vlan: input.vlan ?? null,
      translatedSubnet: input.translatedSubnet ?? null,
      mdnsReflector: input.mdnsReflector ?? false,
      internetOnly: input.internetOnly ?? false,
      dhcpSettings: input.dhcpSettings ?? null,
      azureFloatingIp: input.azureFloatingIp ?? null,
    };
    ranges.add(range);
    this.#undos.push(() => ranges.remove(range));
    return range;
  }

  update(id: string, { rangeType, azureFloatingIp, ...given }: RangeUpdate): NativeRange | NetworkRange {
    const range = this.#rangeOf(id);
    if (rangeType && (rangeType === NATIVE) !== (range === this.#site.nativeRange))
      throw new OperationRefused(
        `Network range with id: ${id} cannot become or cease to be the native range`,
      );
    if (azureFloatingIp && range === this.#site.nativeRange)
      throw new OperationRefused('azureFloatingIp is not available for this site');
    this.#refuseTaken(range, given);
    const before = { ...range };
    assignGiven(range, given);
    if ('siteId' in range) assignGiven(range, { rangeType, azureFloatingIp });
    this.#undos.push(() => void Object.assign(range, before));
    return range;
  }

  remove(id: string): NetworkRange {
    const { ranges } = this.#context.account;
    const range = this.#rangeOf(id);
    if (!('siteId' in range)) throw new OperationRefused('the native range goes with its site');
    ranges.remove(range);
    this.#undos.push(() => ranges.add(range));
    return range;
  }

  /** The full set of what was added; the native range is not part of it. */
  replace(inputs: readonly RangeInput[]): void {
    for (const { id } of this.#context.account.ranges.ofSite(this.#site.id)) this.remove(id);
    for (const input of inputs) this.add(input);
  }

  #rangeOf(id: string): NativeRange | NetworkRange {
    if (id === this.#site.nativeRange.id) return this.#site.nativeRange;
    const range = this.#context.account.ranges.get(id);
    if (range?.siteId !== this.#site.id) throw rangeNotFound(id);
    return range;
  }

  #refuseTaken(range: NativeRange | undefined, { name, subnet }: RangeUpdate): void {
    const all = [this.#site.nativeRange, ...this.#context.account.ranges.ofSite(this.#site.id)];
    for (const other of all) {
      if (other === range) continue;
      if (other.name === name) throw new OperationRefused(`Network range with name "${name}" already exists`);
      if (other.subnet === subnet)
        throw new OperationRefused(`Network range with subnet ${subnet} already exists`);
    }
  }
}

function change<T>(context: CatoContext, site: CatoSite, work: (changes: RangeChanges) => T): T {
  const result = inOneGo(context, (undos) => work(new RangeChanges(context, site, undos)));
  site.modifiedAt = context.now;
  return result;
}

function addRange(
  context: CatoContext,
  { lanSocketInterfaceId, input }: { lanSocketInterfaceId: string; input: RangeInput },
): unknown {
  const site = siteOfInterface(context, lanSocketInterfaceId);
  return { networkRangeId: change(context, site, (changes) => changes.add(input)).id };
}

function updateRange(
  context: CatoContext,
  { networkRangeId: id, input }: Reference & { input: RangeUpdate },
): unknown {
  change(context, siteOfRange(context, id), (changes) => changes.update(id, input));
  return { networkRangeId: id };
}

function removeRange(context: CatoContext, { networkRangeId: id }: Reference): unknown {
  change(context, siteOfRange(context, id), (changes) => changes.remove(id));
  return { networkRangeId: id };
}

function bulk<Item>(
  step: (changes: RangeChanges, item: Item, context: CatoContext, site: CatoSite) => NativeRange,
): (context: CatoContext, args: Bulk<Item>) => unknown {
  return (context, { input }) => {
    const site = siteByRef(context, input.site);
    refuseTooMany(context, input.networkRange.length, 'network ranges');
    const ranges = change(context, site, (changes) =>
      input.networkRange.map((item) => step(changes, item, context, site)),
    );
    return { networkRange: ranges.map(answerRange) };
  };
}

function addOn(
  changes: RangeChanges,
  { lanSocketInterfaceId, ...range }: NewRange,
  context: CatoContext,
  site: CatoSite,
): NetworkRange {
  if (siteOfInterface(context, lanSocketInterfaceId) !== site)
    throw new OperationRefused(`Network interface with id: ${lanSocketInterfaceId} is not of this site`);
  return changes.add(range);
}

function updateSiteRanges(context: CatoContext, { input }: { input: SiteRangesInput }): unknown {
  const site = siteByRef(context, input.site);
  const { networkRange: set, networkRangeToAdd: add, networkRangeToRemove: remove } = input;
  refuseTooMany(context, (set?.length ?? 0) + (add?.length ?? 0) + (remove?.length ?? 0), 'network ranges');
  change(context, site, (changes) =>
    changeSet(
      context,
      { set, add, remove },
      {
        replace: (ranges) => changes.replace(ranges),
        add: (range) => addOn(changes, range, context, site),
        remove: ({ networkRangeId }) => changes.remove(networkRangeId),
      },
    ),
  );
  return { networkRange: allOf(context, site).map(answerRange) };
}

const allOf = ({ account }: CatoContext, site: CatoSite): NativeRange[] => [
  site.nativeRange,
  ...account.ranges.ofSite(site.id),
];

function readRange({ account }: CatoContext, { networkRangeId: id }: Reference): unknown {
  const range = account.siteOfRange(id)?.nativeRange ?? account.ranges.get(id);
  if (!range) throw new OperationRefused(`Invalid network range id: ${id}`);
  return answerRange(range);
}

function listRanges(context: CatoContext, { input }: { input: { site: ObjectRef } }): unknown {
  const items = allOf(context, siteByRef(context, input.site)).map(answerRange);
  return { items, total: items.length };
}

export const networkRangeResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'SiteMutations.addNetworkRange': addRange,
  'SiteMutations.updateNetworkRange': updateRange,
  'SiteMutations.removeNetworkRange': removeRange,
  'SiteMutations.createNetworkRangeBulk': bulk(addOn),
  'SiteMutations.updateNetworkRangeBulk': bulk((changes, { id, ...range }: RangeUpdate & { id: string }) =>
    changes.update(id, range),
  ),
  'SiteMutations.deleteNetworkRangeBulk': bulk((changes, { networkRangeId }: Reference) =>
    changes.remove(networkRangeId),
  ),
  'SiteMutations.updateSiteNetworkRanges': updateSiteRanges,
  'SiteQueries.networkRange': readRange,
  'SiteQueries.networkRangeList': listRanges,
};
