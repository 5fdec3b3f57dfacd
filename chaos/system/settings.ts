/** Leases, waits and margins so short that what takes minutes in production happens within a round. */
export const LEASE_MS = 2_000;
export const TAKEOVER_MARGIN_MS = 1_500;

export const SERVICE_ENVIRONMENT = {
  LEASE_MS: String(LEASE_MS),
  HEARTBEAT_MS: '400',
  TAKEOVER_MARGIN_MS: String(TAKEOVER_MARGIN_MS),
  TERMINATION_GRACE_MS: '1500',
  SWEEP_EVERY_MS: '200',
  UNCLAIMED_MS: '1500',
  RETRY_FIRST_WAIT_MS: '100',
  RETRY_LONGEST_WAIT_MS: '2000',
  RETRY_MAX_TRIES: '4',
  // Longer than the vendor's answers are delayed.
  VENDOR_SETTLE_MS: '2700',
  // Operations are to run out of tries: a vendor that counts as down would be waited for.
  BREAKERS: '0',
  OVERDUE_MS: '3000',
  RUN_DEADLINE_MS: '8000',
  DRAIN_GRACE_MS: '1000',
};

/** Rate limits are not what is looked at here. */
export const CLOCK_SCALE = 60;
