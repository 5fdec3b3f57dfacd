import type { DeadLetterReason, OperationError, OperationReleased } from '@app/contracts';
import type { ClaimingWorker, UnsealedAccount } from '../operations/claim.js';

/** A device that a round takes: what it is to be, and what the ledger knows of it. */
export interface TakenDevice {
  resourceId: string;
  name: string;
  revision: number;
  /** As it is to be; undefined: it is to go. */
  spec: Record<string, unknown> | undefined;
  applied: { spec: Record<string, unknown>; outputs: Record<string, unknown> } | undefined;
  /** Earlier rounds may have reached the vendor. */
  mayExist: boolean;
  /** What they may have wanted, newest first: every revision since the last that is known to be at the vendor. */
  attempted: Record<string, unknown>[];
}

/** An operation that has devices in a round. */
export interface TakenOperation {
  operationId: string;
  attempt: number;
  /** Its tries that were made before it was last asked for. */
  ladderStart: number;
}

/** Names a round to everything that it writes: a stale fencing token is refused. */
export interface DeviceGrant {
  customerId: string;
  /** Stands for all devices of the site; its fencing token is the round's. */
  collectionId: string;
  workerId: string;
  fencingToken: number;
}

/** A worker's right, for the length of its lease, to program the devices of one site. */
export interface DeviceClaim extends DeviceGrant {
  customer: string;
  vendor: string;
  vendorAccountId: string;
  account: UnsealedAccount;
  site: { resourceId: string; name: string; outputs: Record<string, unknown> };
  /** `edit` when somebody waits for a single device, else `bulk`. */
  priority: 'edit' | 'bulk';
  devices: TakenDevice[];
  operations: TakenOperation[];
}

/** Why a delivery has no effect. */
export type DeviceClaimRefusal =
  | 'unknown'
  | 'stale_release'
  /** Another worker programs the site's devices; it takes these along. */
  | 'held'
  | 'nothing_due'
  /** Its worker died after it had given the operation up and before it could dead-letter the delivery. */
  | 'dead_lettered';

export type SettledDevice =
  | { resourceId: string; outcome: 'applied'; outputs: Record<string, unknown> }
  | { resourceId: string; outcome: 'refused'; error: OperationError; mayExist?: boolean };

/** What becomes of an operation whose round did not come about. */
export type DeferredOperation = { operationId: string; error: OperationError } & (
  | {
      kind: 'retry';
      delayMs: number;
      isTry: boolean;
      reason: 'retry' | 'interrupted' | 'budget' | 'breaker' | 'busy';
    }
  | { kind: 'dead_letter'; reason: DeadLetterReason }
  | { kind: 'fail' }
);

/** What workers do with devices. Every call but `claim` throws LeaseLost when the lane is no longer theirs. */
export interface DeviceWork {
  /** @param bulkSize so many devices at most */
  claim(
    message: OperationReleased,
    worker: ClaimingWorker,
    bulkSize: (vendor: string) => number,
  ): Promise<DeviceClaim | DeviceClaimRefusal>;
  heartbeat(grant: DeviceGrant, leaseMs: number): Promise<void>;
  /** Must be committed before the vendor may be changed: from now on these devices may be there. */
  roundStarted(claim: DeviceClaim): Promise<void>;
  /**
   * Records what became of the round's devices and ends the operations that wait for nothing more.
   * @returns the next devices of the site, which are the caller's under the same claim; undefined: the lane is free
   */
  settle(
    claim: DeviceClaim,
    results: readonly SettledDevice[],
    next: { bulkSize: number; mayGoOn: boolean },
  ): Promise<DeviceClaim | undefined>;
  /** Puts the round's operations off, each as its verdict says, and frees the lane. */
  defer(claim: DeviceClaim, verdicts: readonly DeferredOperation[]): Promise<void>;
}
