import type { Journal } from './journal.js';
import { isFinished, isRunning, type BatchRecord, type DeviceRecord, type NetworkRecord } from './records.js';

/** Which organization a network or a serial belongs to: what the vendor looks up when a path names no organization. */
export interface Owners {
  readonly networks: Map<string, string>;
  readonly serials: Map<string, string>;
}

/** Finished batches that are kept for whoever still asks. */
const FINISHED_BATCHES_KEPT = 100;

export class Organization {
  readonly id: string;
  readonly #journal: Journal;
  readonly #owners: Owners;
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #devices = new Map<string, DeviceRecord>();
  readonly #batches = new Map<string, BatchRecord>();
  /** Kept beside the records so that no call scans the organization. */
  readonly #networkIdByName = new Map<string, string>();
  readonly #serialsByNetwork = new Map<string, Set<string>>();
  #thirdPartyVpnPeers: readonly unknown[] = [];

  constructor(id: string, journal: Journal, owners: Owners) {
    this.id = id;
    this.#journal = journal;
    this.#owners = owners;
  }

  networks(): NetworkRecord[] {
    return [...this.#networks.values()];
  }

  network(id: string): NetworkRecord | undefined {
    return this.#networks.get(id);
  }

  networkNamed(name: string): NetworkRecord | undefined {
    return this.#networks.get(this.#networkIdByName.get(name) ?? '');
  }

  putNetwork(network: NetworkRecord): void {
    const before = this.#networks.get(network.id);
    if (before) this.#networkIdByName.delete(before.name);
    this.#networks.set(network.id, network);
    this.#networkIdByName.set(network.name, network.id);
    this.#owners.networks.set(network.id, this.id);
    this.#journal.record(() => (before ? this.putNetwork(before) : this.removeNetwork(network.id)));
  }

  /** Its devices go back to the inventory. The id stays known, as that of a network that is gone. */
  removeNetwork(id: string): void {
    const network = this.#networks.get(id);
    if (!network) return;
    for (const device of this.devicesOf(id)) this.putDevice(outOfNetwork(device));
    this.#networks.delete(id);
    this.#networkIdByName.delete(network.name);
    this.#journal.record(() => this.putNetwork(network));
  }

  devices(): DeviceRecord[] {
    return [...this.#devices.values()];
  }

  device(serial: string): DeviceRecord | undefined {
    return this.#devices.get(serial);
  }

  devicesOf(networkId: string): DeviceRecord[] {
    return [...(this.#serialsByNetwork.get(networkId) ?? [])].flatMap(
      (serial) => this.#devices.get(serial) ?? [],
    );
  }

  putDevice(device: DeviceRecord): void {
    const before = this.#devices.get(device.serial);
    this.#unplace(before);
    this.#devices.set(device.serial, device);
    if (device.networkId !== null) {
      let placed = this.#serialsByNetwork.get(device.networkId);
      if (!placed) this.#serialsByNetwork.set(device.networkId, (placed = new Set()));
      placed.add(device.serial);
    }
    this.#owners.serials.set(device.serial, this.id);
    this.#journal.record(() => (before ? this.putDevice(before) : this.removeDevice(device.serial)));
  }

  /** Out of the organization: another one may claim the serial. */
  removeDevice(serial: string): void {
    const device = this.#devices.get(serial);
    if (!device) return;
    this.#unplace(device);
    this.#devices.delete(serial);
    this.#owners.serials.delete(serial);
    this.#journal.record(() => this.putDevice(device));
  }

  batches(): BatchRecord[] {
    return [...this.#batches.values()];
  }

  batch(id: string): BatchRecord | undefined {
    return this.#batches.get(id);
  }

  runningBatches(): number {
    return this.batches().filter(isRunning).length;
  }

  /** Batches are no part of what a batch may change, so no journal knows of them. */
  putBatch(batch: BatchRecord): void {
    this.#batches.set(batch.id, batch);
    if (!isFinished(batch)) return;
    const finished = this.batches().filter(isFinished);
    for (const { id } of finished.slice(0, -FINISHED_BATCHES_KEPT)) this.#batches.delete(id);
  }

  removeBatch(id: string): void {
    this.#batches.delete(id);
  }

  get thirdPartyVpnPeers(): readonly unknown[] {
    return this.#thirdPartyVpnPeers;
  }

  set thirdPartyVpnPeers(peers: readonly unknown[]) {
    const before = this.#thirdPartyVpnPeers;
    this.#thirdPartyVpnPeers = peers;
    this.#journal.record(() => {
      this.#thirdPartyVpnPeers = before;
    });
  }

  #unplace(device: DeviceRecord | undefined): void {
    if (!device || device.networkId === null) return;
    const placed = this.#serialsByNetwork.get(device.networkId);
    placed?.delete(device.serial);
    if (placed?.size === 0) this.#serialsByNetwork.delete(device.networkId);
  }
}

/** The inventory knows hardware alone: what somebody wrote on the device in its network is lost. */
export const outOfNetwork = (device: DeviceRecord): DeviceRecord => ({
  ...device,
  networkId: null,
  name: null,
  tags: [],
  address: '',
  notes: null,
});
