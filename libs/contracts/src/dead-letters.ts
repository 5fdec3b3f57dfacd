import { z } from 'zod';
import { ErrorCode } from './error-codes.js';
import { Instant, Name } from './names.js';
import { OperationError } from './operations.js';
import { Lane } from './queues.js';

/** Why something was dead-lettered. */
export const DeadLetterReason = z
  .enum([
    /** The vendor refused for its rate limit until the attempts were used up. */
    'rate_limited',
    /** A passing failure did not pass until the attempts were used up. */
    'transient',
    /** An error of ours. */
    'unexpected',
    /** Its worker died, again and again. */
    'worker_lost',
    /** A message that is not ours, or that nobody here can read. */
    'unreadable',
  ])
  .meta({ id: 'DeadLetterReason' });
export type DeadLetterReason = z.infer<typeof DeadLetterReason>;

export const DeadLetterStatus = z
  .enum(['open', 'replayed', 'discarded', 'superseded'])
  .meta({ id: 'DeadLetterStatus' });
export type DeadLetterStatus = z.infer<typeof DeadLetterStatus>;

/** Work that was given up, until somebody decides about it. */
export const DeadLetter = z
  .object({
    id: z.uuid(),
    status: DeadLetterStatus,
    reason: DeadLetterReason,
    error: OperationError,
    /** The work queue that it came from. */
    queue: z.string(),
    vendor: z.string(),
    lane: Lane,
    /** Absent on a message that belongs to no operation. */
    operationId: z.uuid().optional(),
    customer: Name.optional(),
    site: Name.optional(),
    /** Tries that the operation has had. */
    attempts: z.int(),
    /** How often it has been dead-lettered, this time included. */
    seenCount: z.int(),
    firstSeenAt: Instant,
    lastSeenAt: Instant,
    closedAt: Instant.nullable(),
    closedBy: z.string().optional(),
    closedReason: z.string().optional(),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof DeadLetter>;

/** Which dead letters are meant; what is absent does not matter. */
export const DeadLetterFilter = z
  .strictObject({
    customer: Name.optional(),
    site: Name.optional(),
    vendor: Name.optional(),
    lane: Lane.optional(),
    reason: DeadLetterReason.optional(),
    code: ErrorCode.optional(),
  })
  .meta({ id: 'DeadLetterFilter' });
export type DeadLetterFilter = z.infer<typeof DeadLetterFilter>;

export const MAX_REPLAYS_PER_MINUTE = 60_000;

/** Replay all open dead letters that a filter fits. */
export const DeadLetterReplay = z
  .strictObject({
    filter: DeadLetterFilter,
    /** Spreads the releases evenly; absent: all at once. */
    ratePerMinute: z.int().min(1).max(MAX_REPLAYS_PER_MINUTE).optional(),
    /** Only tells what would be replayed. */
    dryRun: z.boolean().default(false),
  })
  .meta({ id: 'DeadLetterReplay' });
export type DeadLetterReplay = z.infer<typeof DeadLetterReplay>;

export const DeadLetterReplayReport = z
  .object({
    dryRun: z.boolean(),
    /** Open dead letters that the filter fits. */
    matched: z.int(),
    /** Operations that run again; on a dry run those that would. */
    replayed: z.int(),
    /** Closed without a run, because a later request has taken their place. */
    superseded: z.int(),
    /** Messages that belong to no operation; they stay open. */
    notReplayable: z.int(),
    /** When the last of them is released; null when none is. */
    lastReleaseAt: Instant.nullable(),
  })
  .meta({ id: 'DeadLetterReplayReport' });
export type DeadLetterReplayReport = z.infer<typeof DeadLetterReplayReport>;
