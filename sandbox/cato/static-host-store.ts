/** A device of a site as the vendor stores it: a name and an address in the site's LAN. */
export interface StaticHost {
  hostId: string;
  siteId: string;
  name: string;
  ip: string;
  macAddress: string | null;
}

export type HostValues = Pick<StaticHost, 'name' | 'ip' | 'macAddress'>;

interface SiteHosts {
  byName: Map<string, StaticHost>;
  byIp: Map<string, StaticHost>;
}

/**
 * The static hosts of one account. A million of them fit into one process, and no call looks at the hosts of another
 * site: the vendor's calls name a host by its id alone, and its name and address are unique within its site.
 */
export class StaticHostStore {
  readonly #hosts = new Map<string, StaticHost>();
  readonly #sites = new Map<string, SiteHosts>();

  get size(): number {
    return this.#hosts.size;
  }

  get(hostId: string): StaticHost | undefined {
    return this.#hosts.get(hostId);
  }

  all(): Iterable<StaticHost> {
    return this.#hosts.values();
  }

  ofSite(siteId: string): StaticHost[] {
    return [...(this.#sites.get(siteId)?.byName.values() ?? [])];
  }

  named(siteId: string, name: string): StaticHost | undefined {
    return this.#sites.get(siteId)?.byName.get(name);
  }

  withIp(siteId: string, ip: string): StaticHost | undefined {
    return this.#sites.get(siteId)?.byIp.get(ip);
  }

  /** The caller has checked that name and address are free. */
  add(host: StaticHost): void {
    let site = this.#sites.get(host.siteId);
    if (!site) this.#sites.set(host.siteId, (site = { byName: new Map(), byIp: new Map() }));
    this.#hosts.set(host.hostId, host);
    site.byName.set(host.name, host);
    site.byIp.set(host.ip, host);
  }

  /** The caller has checked that a new name or address is free. */
  change(host: StaticHost, { name, ip, macAddress }: HostValues): void {
    const site = this.#sites.get(host.siteId);
    if (name !== host.name) {
      site?.byName.delete(host.name);
      site?.byName.set(name, host);
    }
    if (ip !== host.ip) {
      site?.byIp.delete(host.ip);
      site?.byIp.set(ip, host);
    }
    Object.assign(host, { name, ip, macAddress });
  }

  remove({ hostId, siteId, name, ip }: StaticHost): void {
    this.#hosts.delete(hostId);
    const site = this.#sites.get(siteId);
    site?.byName.delete(name);
    site?.byIp.delete(ip);
  }

  removeSite(siteId: string): void {
    for (const { hostId } of this.#sites.get(siteId)?.byName.values() ?? []) this.#hosts.delete(hostId);
    this.#sites.delete(siteId);
  }
}
