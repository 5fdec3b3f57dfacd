import type { RunGrant } from '../operations/claim.js';

/** Who holds the lock of a state. */
export interface StateLockHolder {
  lockId: string;
  operationId: string;
  workerId: string;
  lockedAt: Date;
  /** What Terraform said of the lock. */
  info: Record<string, unknown>;
}

/** Addresses, types and ids of a state, without secrets. */
export interface StateResource {
  address: string;
  type: string;
  objectId: string | null;
  isTainted: boolean;
}

/** The Terraform state of a site. Reads and writes belong to a run and are refused (StateFenced) when its fencing token is stale. */
export interface StateStore {
  /** The newest version, unsealed; undefined when there is none. */
  read(grant: RunGrant): Promise<Buffer | undefined>;
  /**
   * Stores a version. The same serial with the same content is the same write.
   * @throws StateConflict for a lower serial, the same serial with other content, or a new lineage over live resources
   * @throws StateLockLost when the run does not hold the lock that it names
   */
  write(grant: RunGrant, lockId: string | undefined, content: Buffer): Promise<void>;
  /** Takes the lock; answers the holder when somebody else has it. */
  lock(grant: RunGrant, info: { ID: string } & Record<string, unknown>): Promise<StateLockHolder | undefined>;
  /** Gives the lock back; a lock that is not there or not the run's is no error of the caller: false. */
  unlock(grant: RunGrant, lockId: string): Promise<boolean>;
  /** Keeps an `errored.tfstate` aside; it never becomes current by itself. */
  quarantine(grant: RunGrant, content: Buffer): Promise<void>;
  resources(grant: RunGrant): Promise<StateResource[]>;
}
