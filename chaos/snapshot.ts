import type { OperationError, OperationStatus, SitePhase } from '@app/contracts';
import type { Submission } from './load/submission.js';
import type { QueueDepth } from './system/broker-hand.js';
import type { VendorAccount } from './system/vendor.js';

/** What is found from the outside when all should be quiet. Invariants are functions of this alone. */
export interface Snapshot {
  customers: { name: string; account: string }[];
  resources: ResourceFound[];
  operations: OperationFound[];
  /** Oldest first, per resource. */
  stateVersions: StateVersionFound[];
  stateResources: { resourceId: string; address: string; objectId: string | null; isTainted: boolean }[];
  locks: { resourceId: string; workerId: string }[];
  outboxRows: number;
  queues: QueueDepth[];
  deadLetters: DeadLettersFound | undefined;
  vendor: VendorAccount[];
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

export interface OperationFound {
  id: string;
  resourceId: string;
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
  inQueue: { operationId: string | null; contentHash: string }[];
  rows: { operationId: string | null; contentHash: string | null; isOpen: boolean; reason: string }[];
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
