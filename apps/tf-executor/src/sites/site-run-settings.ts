import type { RetryLadder, VendorAccess } from '@app/ledger';

/** The ledger's site work and states, as the runs need them. */
export const SITE_WORK = Symbol('SiteWork');
export const STATE_STORE = Symbol('StateStore');
/** What reserves calls to vendors. */
export const CALL_BUDGET = Symbol('CallBudget');

export interface SiteRunSettings {
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** A run may take so long, unless its claim says less. */
  runDeadlineMs: number;
  ladder: RetryLadder;
  access: VendorAccess;
  /** 0 to 1, for jitter. */
  random: () => number;
}
export const SITE_RUN_SETTINGS = Symbol('SiteRunSettings');
