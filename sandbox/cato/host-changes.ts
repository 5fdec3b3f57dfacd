import type { Undo } from './bulk.js';
import type { CatoContext } from './context.js';
import { OperationRefused } from './graphql/graphql-error.js';
import { addressesOf } from './site-addresses.js';
import type { HostValues, StaticHost } from './static-host-store.js';
import type { CatoSite } from './store.js';

export interface HostInput {
  name: string;
  ip: string;
  macAddress?: string | null;
}

export type HostUpdate = { [Key in keyof HostInput]?: HostInput[Key] | null };

export interface HostReference {
  hostId: string;
}

/** The vendor's words for these refusals are not known: they name the host by what the call named it with. */
export const hostNotFound = (hostId: string): OperationRefused =>
  new OperationRefused(`Static host with id: ${hostId} is not found`);

/** The steps that a call takes with the hosts of one site, each checked before it is taken. */
export class HostChanges {
  readonly #context: CatoContext;
  readonly #site: CatoSite;
  readonly #undos: Undo[];
  #isOfSite: ((address: string) => boolean) | undefined;

  constructor(context: CatoContext, site: CatoSite, undos: Undo[]) {
    this.#context = context;
    this.#site = site;
    this.#undos = undos;
  }

  add(input: HostInput, hostId = this.#context.store.nextHostId()): StaticHost {
    const { hosts } = this.#context.account;
    const { name, ip, macAddress = null } = input;
    this.#check(undefined, { name, ip, macAddress });
    const host: StaticHost = { hostId, siteId: this.#site.id, name, ip, macAddress };
    hosts.add(host);
    this.#undos.push(() => hosts.remove(host));
    return host;
  }

  /** A field that is null or left out stays as it is; a MAC address cannot be taken away by an update. */
  update(hostId: string, { name, ip, macAddress }: HostUpdate): StaticHost {
    const { hosts } = this.#context.account;
    const host = this.#hostOf(hostId);
    const before: HostValues = { name: host.name, ip: host.ip, macAddress: host.macAddress };
    const after: HostValues = {
      name: name ?? before.name,
      ip: ip ?? before.ip,
      macAddress: macAddress ?? before.macAddress,
    };
    this.#check(host, after);
    hosts.change(host, after);
    this.#undos.push(() => hosts.change(host, before));
    return host;
  }

  remove(hostId: string): StaticHost {
    const { hosts } = this.#context.account;
    const host = this.#hostOf(hostId);
    hosts.remove(host);
    this.#undos.push(() => hosts.add(host));
    return host;
  }

  /** The full set; a host whose name stays keeps its id. */
  replace(inputs: readonly HostInput[]): void {
    const before = this.#context.account.hosts.ofSite(this.#site.id);
    const ids = new Map(before.map(({ name, hostId }) => [name, hostId]));
    for (const { hostId } of before) this.remove(hostId);
    for (const input of inputs) this.add(input, ids.get(input.name));
  }

  #hostOf(hostId: string): StaticHost {
    const host = this.#context.account.hosts.get(hostId);
    if (host?.siteId !== this.#site.id) throw hostNotFound(hostId);
    return host;
  }

  #check(host: StaticHost | undefined, { name, ip }: HostValues): void {
    const { account, settings } = this.#context;
    const named = account.hosts.named(this.#site.id, name);
    if (named && named !== host)
      throw new OperationRefused(`Static host with name "${name}" already exists in the site`);
    const holder = account.hosts.withIp(this.#site.id, ip);
    if (holder && holder !== host)
      throw new OperationRefused(`Static host "${name}": a host with IP ${ip} already exists in the site`);
    if (settings.hostOutsideRanges === 'accept' || ip === host?.ip) return;
    this.#isOfSite ??= addressesOf(account, this.#site);
    if (!this.#isOfSite(ip))
      throw new OperationRefused(`Static host "${name}": IP ${ip} is not in a network range of the site`);
  }
}
