/** The network that a site is made with. */
export interface NativeRange {
  id: string;
  name: string;
  subnet: string;
  gateway: string | null;
  localIp: string | null;
  vlan: number | null;
  translatedSubnet: string | null;
  mdnsReflector: boolean;
  internetOnly: boolean;
  dhcpSettings: Record<string, unknown> | null;
}

/** A network behind a site beside its native one. */
export interface NetworkRange extends NativeRange {
  siteId: string;
  rangeType: string;
  azureFloatingIp: string | null;
}

/** The added network ranges of one account; the native range is a part of its site. */
export class NetworkRangeStore {
  readonly #ranges = new Map<string, NetworkRange>();
  readonly #sites = new Map<string, Map<string, NetworkRange>>();

  get(id: string): NetworkRange | undefined {
    return this.#ranges.get(id);
  }

  all(): NetworkRange[] {
    return [...this.#ranges.values()];
  }

  ofSite(siteId: string): NetworkRange[] {
    return [...(this.#sites.get(siteId)?.values() ?? [])];
  }

  add(range: NetworkRange): void {
    this.#ranges.set(range.id, range);
    let site = this.#sites.get(range.siteId);
    if (!site) this.#sites.set(range.siteId, (site = new Map()));
    site.set(range.id, range);
  }

  remove({ id, siteId }: NetworkRange): void {
    this.#ranges.delete(id);
    this.#sites.get(siteId)?.delete(id);
  }

  removeSite(siteId: string): void {
    for (const id of this.#sites.get(siteId)?.keys() ?? []) this.#ranges.delete(id);
    this.#sites.delete(siteId);
  }
}
