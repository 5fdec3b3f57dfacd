import type {
  ChangeCounts,
  DeadLetterReason,
  OperationAction,
  OperationError,
  OperationPhase,
  OperationTimings,
} from '@app/contracts';

/** An account at a vendor with its credentials unsealed. Never log it. */
export interface UnsealedAccount {
  accountId: string;
  /** null: the vendor's default address. */
  baseUrl: string | null;
  credentials: Readonly<Record<string, string>>;
}

/** A spec in its two halves: what may be shown, and the write-only values by slot key. */
export interface StoredSpec {
  visible: Record<string, unknown>;
  secrets: Readonly<Record<string, string>>;
}

/** What names a run to everything that it writes: a stale fencing token is refused. */
export interface RunGrant {
  customerId: string;
  resourceId: string;
  operationId: string;
  workerId: string;
  /** Grows with every claim and takeover of the resource. */
  fencingToken: number;
}

/** A worker's right, for the length of its lease, to converge one site. */
export interface SiteClaim extends RunGrant {
  customer: string;
  site: string;
  vendor: string;
  action: OperationAction;
  /** The revision that the run converges to: the newest when it was claimed. */
  revision: number;
  /** The spec to run with. A delete runs with the last applied one, or the last that a run was tried with. */
  spec: StoredSpec;
  /** What is applied now; undefined when nothing is. */
  appliedSpec: StoredSpec | undefined;
  vendorAccountId: string;
  /** What was asked for after that and before now, without secrets: a run that did not get through may have made some of it. */
  triedSpecs: readonly Record<string, unknown>[];
  /** Ids of what earlier runs reported as theirs, as long as nobody has made sure what they left at the vendor. */
  reportedIds: readonly string[];
  account: UnsealedAccount;
  /** Tries before this one: those that reached the vendor, and those that failed before they did. */
  attempt: number;
  /** Those of them that were made before the operation was last asked for. */
  ladderStart: number;
  idempotencyKey: string;
  /** After this moment the run is to be stopped. */
  deadlineAt: Date;
  /** Some version of the state has held a resource. */
  hasStateHeldResources: boolean;
  /** An earlier run reached apply and nobody has made sure since what it left at the vendor. */
  isUnreconciled: boolean;
}

/** Who claims, and for how long. */
export interface ClaimingWorker {
  workerId: string;
  leaseMs: number;
  /** How long the run may take before it is stopped. */
  deadlineMs: number;
}

/** Why a delivery has no effect. */
export type ClaimRefusal =
  | 'unknown'
  | 'stale_release'
  | 'not_pending'
  | 'superseded'
  /** Its worker died after it had given the operation up and before it could dead-letter the delivery. */
  | 'dead_lettered';

/** A run that did what was asked. */
export interface RunSucceeded {
  status: 'succeeded';
  changes: ChangeCounts;
  outputs: Record<string, unknown>;
  /** The output that tells one site of the vendor's from another. */
  idOutput?: string | undefined;
  timings: OperationTimings;
}

/** A run that ended for good. */
export interface RunFailed {
  status: 'failed' | 'timed_out' | 'cancelled';
  error: OperationError;
  changes: ChangeCounts;
  timings: OperationTimings;
  /** The operation's tries, this one included. */
  attempt: number;
  /** So long calls that the run was cut off from may still take effect at the vendor. */
  settleMs?: number;
  /** Why it is dead-lettered; absent: somebody said no, and that is all there is to it. */
  deadLetter?: DeadLetterReason;
}

export type RunOutcome = RunSucceeded | RunFailed;

/** A run that is to be tried again later. */
export interface RunDeferred {
  /** One that waits for budget, or for a vendor that is down or still at work on this, has spent no try. */
  reason: 'retry' | 'interrupted' | 'budget' | 'breaker' | 'busy';
  delayMs: number;
  error: OperationError;
  timings: OperationTimings;
  /** The operation's tries, this one included if it was one. */
  attempt: number;
  /** So long calls that the run was cut off from may still take effect at the vendor. */
  settleMs?: number;
}

/** An object as Terraform's stream reported it created, changed or destroyed. */
export interface AppliedObject {
  address: string;
  id: string;
  action: 'create' | 'update' | 'delete';
}

export interface Heartbeat {
  isCancelRequested: boolean;
}

/** A plan as Terraform saved it. */
export interface PlanIdentity {
  /** Of the plan file. */
  sha256: Buffer;
}

/** What workers do with operations. Every call but `claim` throws LeaseLost when the claim is no longer theirs. */
export interface SiteWork {
  claim(
    message: { operationId: string; customerId: string; releaseNo: number },
    worker: ClaimingWorker,
  ): Promise<SiteClaim | ClaimRefusal>;
  heartbeat(claim: RunGrant, leaseMs: number): Promise<Heartbeat>;
  enterPhase(claim: RunGrant, phase: OperationPhase): Promise<void>;
  /** Remembers a plan with the version of the state that it was made on. */
  planSaved(claim: RunGrant, plan: PlanIdentity): Promise<void>;
  /** Must be committed before Terraform may touch the vendor: marks the site unreconciled and counts the attempt. */
  applyStarted(claim: RunGrant): Promise<void>;
  /**
   * Must be committed before a plan is applied.
   * @throws PlanNotApplicable when it was consumed before, is another run's, or the state has moved on
   */
  planConsumed(claim: RunGrant, plan: PlanIdentity): Promise<void>;
  objectApplied(claim: RunGrant, object: AppliedObject): Promise<void>;
  settle(claim: SiteClaim, outcome: RunOutcome): Promise<void>;
  defer(claim: SiteClaim, deferral: RunDeferred): Promise<void>;
}
