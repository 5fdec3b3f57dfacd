import type { RetryLadder, VendorAccess } from '@app/ledger';

/** The ledger's work and budget, as the services need them. */
export const DEVICE_WORK = Symbol('DeviceWork');
export const SITE_WORK = Symbol('SiteWork');
export const CALL_BUDGET = Symbol('CallBudget');

export interface WorkSettings {
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** What a delivery may take in all. */
  deadlineMs: number;
  /** After so many rounds a site's devices let others go first. */
  roundsPerClaim: number;
  ladder: RetryLadder;
  access: VendorAccess;
  /** 0 to 1, for jitter. */
  random: () => number;
}
export const WORK_SETTINGS = Symbol('WorkSettings');
