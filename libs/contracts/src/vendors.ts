import { z } from 'zod';
import { Instant, Name } from './names.js';
import { OperationError } from './operations.js';
import { Lane } from './queues.js';

/** The operations of a lane that have not ended. */
export const LaneLoad = z
  .object({
    lane: Lane,
    /** To be released: they wait for a slot, their turn, or a time. */
    pending: z.int(),
    /** Released, and not yet taken by a worker. */
    released: z.int(),
    inProgress: z.int(),
    /** Age of the oldest that no worker has taken; null: there is none. */
    oldestSeconds: z.int().nullable(),
  })
  .meta({ id: 'LaneLoad' });
export type LaneLoad = z.infer<typeof LaneLoad>;

/** One limit of a vendor's on the calls of an account, and how much of it is used. */
export const BudgetStatus = z
  .object({
    /** The API operation, or `*` for all calls together. */
    counter: z.string(),
    windowMs: z.number(),
    limit: z.int(),
    /** Calls of the last window, and those that are reserved. */
    used: z.int(),
    left: z.int(),
    /** The vendor has refused these calls, and none is made for so long. */
    blockedMs: z.number(),
  })
  .meta({ id: 'BudgetStatus' });
export type BudgetStatus = z.infer<typeof BudgetStatus>;

export const BreakerState = z.enum(['closed', 'half_open', 'open']).meta({ id: 'BreakerState' });
export type BreakerState = z.infer<typeof BreakerState>;

/** The circuit breaker of one family of an account's endpoints. */
export const BreakerStatus = z
  .object({
    family: z.string(),
    state: BreakerState,
    /** Since when it has been in that state. */
    since: Instant,
    /** When the vendor is tried again; null: it is closed. */
    probeAt: Instant.nullable(),
    /** What opened it. */
    error: OperationError,
  })
  .meta({ id: 'BreakerStatus' });
export type BreakerStatus = z.infer<typeof BreakerStatus>;

/** How things stand between a customer's account and its vendor. */
export const VendorAccountStatus = z
  .object({
    customer: Name,
    accountId: z.string(),
    /** `open` when one of its breakers is. */
    breaker: BreakerState,
    /** Those that are not closed, or were not lately. */
    breakers: z.array(BreakerStatus),
    budget: z.array(BudgetStatus),
    lanes: z.array(LaneLoad),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'VendorAccountStatus' });
export type VendorAccountStatus = z.infer<typeof VendorAccountStatus>;

/** Workers of one kind: those of a kind serve all vendors. */
export const WorkerCount = z
  .object({ app: z.string(), alive: z.int(), slots: z.int(), busy: z.int() })
  .meta({ id: 'WorkerCount' });
export type WorkerCount = z.infer<typeof WorkerCount>;

/** How things stand with a vendor. */
export const VendorStatus = z
  .object({
    vendor: z.string(),
    displayName: z.string(),
    /** Of all accounts that the API key may see. */
    lanes: z.array(LaneLoad),
    /** For keys of all customers only. */
    workers: z.array(WorkerCount).optional(),
    accounts: z.array(VendorAccountStatus),
  })
  .meta({ id: 'VendorStatus' });
export type VendorStatus = z.infer<typeof VendorStatus>;
