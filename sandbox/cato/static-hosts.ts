import { changeSet, inOneGo, refuseTooMany } from './bulk.js';
import { siteById, siteByRef, type CatoContext, type ObjectRef, type SiteArguments } from './context.js';
import type { Resolver } from './execute.js';
import {
  hostNotFound,
  HostChanges,
  type HostInput,
  type HostReference,
  type HostUpdate,
} from './host-changes.js';
import type { StaticHost } from './static-host-store.js';
import type { CatoSite } from './store.js';

type Bulk<Item> = { input: { site: ObjectRef; host: Item[] } };

interface SiteHostsInput {
  site: ObjectRef;
  host?: HostInput[] | null;
  hostToAdd?: HostInput[] | null;
  hostToRemove?: HostReference[] | null;
}

/** All of it or nothing: the call on one site's hosts. */
function change<T>(context: CatoContext, site: CatoSite, work: (changes: HostChanges) => T): T {
  return inOneGo(context, (undos) => work(new HostChanges(context, site, undos)));
}

/** The site of a host that is named by its id alone. */
function siteOfHost(context: CatoContext, hostId: string): CatoSite {
  const host = context.account.hosts.get(hostId);
  if (!host) throw hostNotFound(hostId);
  return siteById(context, host.siteId);
}

function addHost(context: CatoContext, { siteId, input }: SiteArguments<HostInput>): unknown {
  const { hostId } = change(context, siteById(context, siteId), (changes) => changes.add(input));
  return { hostId };
}

function updateHost(context: CatoContext, { hostId, input }: { hostId: string; input: HostUpdate }): unknown {
  change(context, siteOfHost(context, hostId), (changes) => changes.update(hostId, input));
  return { hostId };
}

function removeHost(context: CatoContext, { hostId }: { hostId: string }): unknown {
  change(context, siteOfHost(context, hostId), (changes) => changes.remove(hostId));
  return { hostId };
}

function bulk<Item>(
  step: (changes: HostChanges, item: Item) => StaticHost,
): (context: CatoContext, args: Bulk<Item>) => unknown {
  return (context, { input }) => {
    const site = siteByRef(context, input.site);
    refuseTooMany(context, input.host.length, 'hosts');
    return { host: change(context, site, (changes) => input.host.map((item) => step(changes, item))) };
  };
}

/** The declarative call. It answers the hosts of the site as they are afterwards, also those that were not touched. */
function updateSiteHosts(context: CatoContext, { input }: { input: SiteHostsInput }): unknown {
  const site = siteByRef(context, input.site);
  const { host: set, hostToAdd: add, hostToRemove: remove } = input;
  refuseTooMany(context, (set?.length ?? 0) + (add?.length ?? 0) + (remove?.length ?? 0), 'hosts');
  change(context, site, (changes) =>
    changeSet(
      context,
      { set, add, remove },
      {
        replace: (hosts) => changes.replace(hosts),
        add: (host) => changes.add(host),
        remove: ({ hostId }) => changes.remove(hostId),
      },
    ),
  );
  return { host: context.account.hosts.ofSite(site.id) };
}

function readHost(context: CatoContext, args: { site: ObjectRef; hostId: string }): unknown {
  const site = siteByRef(context, args.site);
  const host = context.account.hosts.get(args.hostId);
  if (host?.siteId !== site.id) throw hostNotFound(args.hostId);
  return { host };
}

/** All hosts of the site: this list has neither pages nor a total. */
function listHosts(context: CatoContext, args: { site: ObjectRef }): unknown {
  return { items: context.account.hosts.ofSite(siteByRef(context, args.site).id) };
}

export const staticHostResolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  'SiteMutations.addStaticHost': addHost,
  'SiteMutations.updateStaticHost': updateHost,
  'SiteMutations.removeStaticHost': removeHost,
  'SiteMutations.createStaticHostBulk': bulk((changes, host: HostInput) => changes.add(host)),
  'SiteMutations.updateStaticHostBulk': bulk((changes, { hostId, ...host }: HostReference & HostUpdate) =>
    changes.update(hostId, host),
  ),
  'SiteMutations.deleteStaticHostBulk': bulk((changes, { hostId }: HostReference) => changes.remove(hostId)),
  'SiteMutations.updateSiteStaticHosts': updateSiteHosts,
  'SiteQueries.staticHost': readHost,
  'SiteQueries.staticHostList': listHosts,
};
