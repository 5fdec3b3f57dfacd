import { Journal } from './journal.js';
import { Organization, type Owners } from './organization.js';
import type { BatchRecord, DeviceRecord, NetworkRecord } from './records.js';

/** The vendor's ids have 18 digits, more than a number holds. */
const NETWORK_ID_HEAD = '646829496481';
const firstNumbers = () => ({ network: 100_001, batch: 7001 });

/** The store as plain data, to be written to a file and read again. */
export interface SavedStore {
  numbers: ReturnType<typeof firstNumbers>;
  organizations: {
    id: string;
    networks: NetworkRecord[];
    devices: DeviceRecord[];
    batches: BatchRecord[];
    thirdPartyVpnPeers: unknown[];
  }[];
}

/** All organizations. Ids are never used twice among them, so that a foreign id is found nowhere. */
export class MerakiStore {
  readonly #journal = new Journal();
  readonly #owners: Owners = { networks: new Map(), serials: new Map() };
  readonly #organizations = new Map<string, Organization>();
  #numbers = firstNumbers();

  /** Any id is an organization. */
  organization(id: string): Organization {
    let organization = this.#organizations.get(id);
    if (!organization) {
      organization = new Organization(id, this.#journal, this.#owners);
      this.#organizations.set(id, organization);
    }
    return organization;
  }

  existing(id: string): Organization | undefined {
    return this.#organizations.get(id);
  }

  organizationIds(): string[] {
    return [...this.#organizations.keys()];
  }

  /** The organization that has the network, or had it. */
  organizationOfNetwork(networkId: string): string | undefined {
    return this.#owners.networks.get(networkId);
  }

  organizationOfSerial(serial: string): string | undefined {
    return this.#owners.serials.get(serial);
  }

  atomically<T>(work: () => T): T {
    return this.#journal.atomically(work);
  }

  /** Networks of several products are named otherwise than those of one. */
  nextNetworkId(isCombined: boolean): string {
    return `${isCombined ? 'L' : 'N'}_${NETWORK_ID_HEAD}${this.#numbers.network++}`;
  }

  nextBatchId(): string {
    return String(this.#numbers.batch++);
  }

  /** Numbers go on: an id that a client still remembers must not come to mean something else. */
  reset(): void {
    this.#organizations.clear();
    this.#owners.networks.clear();
    this.#owners.serials.clear();
  }

  save(): SavedStore {
    const organizations = [...this.#organizations.values()].map((organization) => ({
      id: organization.id,
      networks: organization.networks(),
      devices: organization.devices(),
      batches: organization.batches(),
      thirdPartyVpnPeers: [...organization.thirdPartyVpnPeers],
    }));
    return { numbers: this.#numbers, organizations };
  }

  load({ numbers, organizations }: SavedStore): void {
    this.reset();
    this.#numbers = { ...numbers };
    for (const { id, networks, devices, batches, thirdPartyVpnPeers } of organizations) {
      const organization = this.organization(id);
      for (const network of networks) organization.putNetwork(network);
      for (const device of devices) organization.putDevice(device);
      for (const batch of batches) organization.putBatch(batch);
      organization.thirdPartyVpnPeers = thirdPartyVpnPeers;
    }
  }
}
