import { DatabaseEnv, onOff, wholeNumber } from '@app/runtime';
import type { Provider } from '@nestjs/common';
import { z } from 'zod';
import type { BreakerSettings } from './breakers/vendor-breakers.js';
import type { LedgerOptions } from './ledger.module.js';
import type { RetryLadder } from './operations/failure-policy.js';

const SecretKey = z
  .base64()
  .refine((key) => Buffer.from(key, 'base64').length === 32, 'expected 32 bytes in base64');

/** The variables that every process with a ledger reads. */
export const LedgerEnv = z.object({
  ...DatabaseEnv.shape,
  /** The keys that seal credentials, specs and states, separated by commas; the first one seals, all of them open. */
  SITEWRIGHT_SECRET_KEY: z
    .string()
    .transform((list) => list.split(',').map((key) => key.trim()))
    .pipe(z.tuple([SecretKey], SecretKey)),
  SWEEP_EVERY_MS: wholeNumber(100, 600_000).default(2_000),
  TAKEOVER_MARGIN_MS: wholeNumber(0, 600_000).default(45_000),
  UNCLAIMED_MS: wholeNumber(1_000, 3_600_000).default(60_000),
  OVERDUE_MS: wholeNumber(0, 3_600_000).default(180_000),
  /** How much faster than real time the simulators' clock runs, and with it the vendors' rate limits. */
  SITEWRIGHT_CLOCK_SCALE: z.coerce.number().min(1).max(10).default(1),
});

/** The variables of every process that takes work from the queues. */
export const WorkerEnv = z.object({
  LEASE_MS: wholeNumber(1_000, 3_600_000).default(90_000),
  HEARTBEAT_MS: wholeNumber(100, 600_000).default(20_000),
  /** How long a call may still take effect at the vendor after its caller is gone. */
  VENDOR_SETTLE_MS: wholeNumber(0, 600_000).default(10_000),
  /** The ladder of retries: the first wait, the longest one, and tries in all. */
  RETRY_FIRST_WAIT_MS: wholeNumber(1, 3_600_000).default(10_000),
  RETRY_LONGEST_WAIT_MS: wholeNumber(1, 86_400_000).default(1_800_000),
  RETRY_MAX_TRIES: wholeNumber(1, 100).default(7),
  /** Circuit breakers: off, a vendor never counts as down. */
  BREAKERS: onOff(true),
  /** So many calls at least, more than so many percent of them failed, in so long: the vendor is down. */
  BREAKER_CALLS: wholeNumber(1, 10_000).default(5),
  BREAKER_FAILURES_PERCENT: wholeNumber(1, 99).default(50),
  BREAKER_WINDOW_MS: wholeNumber(1_000, 3_600_000).default(300_000),
  /** A vendor that is down is tried again after the first wait, then after twice as long, up to the longest one. */
  BREAKER_PROBE_MS: wholeNumber(1, 3_600_000).default(10_000),
  BREAKER_LONGEST_PROBE_MS: wholeNumber(1, 86_400_000).default(60_000),
});

export const retryLadder = (config: z.infer<typeof WorkerEnv>): RetryLadder => ({
  firstWaitMs: config.RETRY_FIRST_WAIT_MS,
  longestWaitMs: config.RETRY_LONGEST_WAIT_MS,
  maxTries: config.RETRY_MAX_TRIES,
  settleMs: config.VENDOR_SETTLE_MS,
});

export const breakerSettings = (config: z.infer<typeof WorkerEnv>): BreakerSettings => ({
  isOn: config.BREAKERS,
  calls: config.BREAKER_CALLS,
  failuresPercent: config.BREAKER_FAILURES_PERCENT,
  windowMs: config.BREAKER_WINDOW_MS,
  probeAfterMs: config.BREAKER_PROBE_MS,
  longestWaitMs: config.BREAKER_LONGEST_PROBE_MS,
});

/** The ledger's options from those variables. */
export const ledgerOptions = (config: z.infer<typeof LedgerEnv>, publisher?: Provider): LedgerOptions => ({
  databaseUrl: config.DATABASE_URL,
  poolSize: config.DATABASE_POOL_SIZE,
  secretKeys: config.SITEWRIGHT_SECRET_KEY,
  sweeper: {
    everyMs: config.SWEEP_EVERY_MS,
    takeoverMarginMs: config.TAKEOVER_MARGIN_MS,
    unclaimedMs: config.UNCLAIMED_MS,
    overdueMs: config.OVERDUE_MS,
  },
  vendorBudget: { clockScale: config.SITEWRIGHT_CLOCK_SCALE },
  ...(publisher && { publisher }),
});
