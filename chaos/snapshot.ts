import type { DevicePhase, DeviceResult, OperationError, OperationStatus, SitePhase } from '@app/contracts';
import type { Submission } from './load/submission.js';
import type { QueueDepth } from './system/broker-hand.js';
import type { ForeignHost } from './system/foreign-hosts.js';
import type { VendorAccount } from './system/vendor.js';

/** What is found from the outside when all should be quiet. Invariants are functions of this alone. */
export interface Snapshot {
  customers: { name: string; account: string }[];
  /** Sites. */
  resources: ResourceFound[];
  devices: DeviceFound[];
  /** Of sites and of their devices. */
  operations: OperationFound[];
  /** What an operation asks of each of its devices. */
  items: ItemFound[];
  /** Somebody programs the devices of these sites, or says so. */
  heldDeviceLanes: { siteId: string; workerId: string | null }[];
  /** Oldest first, per resource. */
  stateVersions: StateVersionFound[];
  stateResources: { resourceId: string; address: string; objectId: string | null; isTainted: boolean }[];
  locks: { resourceId: string; workerId: string }[];
  outboxRows: number;
  queues: QueueDepth[];
  deadLetters: DeadLettersFound | undefined;
  vendor: VendorAccount[];
  /** Hosts on our sites that are somebody else's, as they were put there. */
  foreignHosts: readonly ForeignHost[];
}

export interface ResourceFound {
  id: string;
  customer: string;
  account: string;
  name: string;
  phase: SitePhase;
  revision: number;
  appliedRevision: number | null;
  isDeleted: boolean;
  /** Of the applied revision; null when none is. */
  appliedSpec: Record<string, unknown> | null;
}

export interface DeviceFound {
  id: string;
  siteId: string;
  customer: string;
  account: string;
  site: string;
  name: string;
  phase: DevicePhase;
  revision: number;
  appliedRevision: number | null;
  isDeleted: boolean;
  appliedSpec: Record<string, unknown> | null;
  /** The vendor's id of it, as far as is on record. */
  hostId: string | null;
}

export interface ItemFound {
  operationId: string;
  deviceId: string;
  action: DeviceResult['action'];
  revision: number;
  status: DeviceResult['status'];
  error: OperationError | null;
}

/** How many devices an operation is about, and what it says has become of them. */
export interface ItemCounts {
  total: number;
  /** Or overtaken by later ones. */
  succeeded: number;
  failed: number;
}

export interface OperationFound {
  id: string;
  resourceId: string;
  /** Of an operation of devices: their site. */
  siteId: string | null;
  counts: ItemCounts;
  /** As the order of their submission. */
  sequence: number;
  action: string;
  revision: number;
  status: OperationStatus;
  attempt: number;
  idempotencyKey: string;
  error: OperationError | null;
  supersededBy: string | null;
  hasLease: boolean;
  isOverdue: boolean;
  takeovers: number;
  deferrals: number;
}

export interface StateVersionFound {
  resourceId: string;
  version: number;
  serial: number;
  lineage: string;
}

export interface DeadLettersFound {
  /** The messages in the dead-letter queue; the operation is null for one that names none. */
  inQueue: {
    operationId: string | null;
    contentHash: string;
    /** What the message and the broker say of it, for whoever has to find out how it came there. */
    death: string;
  }[];
  rows: {
    operationId: string | null;
    contentHash: string | null;
    isOpen: boolean;
    reason: string;
    /** Of an operation that is about devices: another one's message may have taken it along. */
    isOfDevices: boolean;
  }[];
}

export interface Violation {
  invariant: string;
  message: string;
  ids: string[];
}

/** What a round adds to the snapshot: its own requests. */
export interface Evidence {
  snapshot: Snapshot;
  submissions: readonly Submission[];
}
