import type { RetryLadder, SiteRunsSettings, VendorAccess } from '@app/ledger';

/** The ledger's site work and states, as the runs need them. */
export const SITE_WORK = Symbol('SiteWork');
export const STATE_STORE = Symbol('StateStore');
/** What reserves calls to vendors. */
export const CALL_BUDGET = Symbol('CallBudget');

export interface SiteRunSettings extends SiteRunsSettings {
  ladder: RetryLadder;
  access: VendorAccess;
  /** 0 to 1, for jitter. */
  random: () => number;
}
export const SITE_RUN_SETTINGS = Symbol('SiteRunSettings');
