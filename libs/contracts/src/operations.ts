import { z } from 'zod';
import { ErrorCode } from './error-codes.js';
import { Instant, Name } from './names.js';
import { Lane } from './queues.js';

export const OperationStatus = z
  .enum(['pending', 'in_progress', 'awaiting_approval', 'succeeded', 'failed', 'cancelled', 'timed_out'])
  .meta({ id: 'OperationStatus' });
export type OperationStatus = z.infer<typeof OperationStatus>;

export const OperationPhase = z
  .enum([
    'queued',
    'waiting',
    'planning',
    'awaiting_approval',
    'applying',
    'reconciling',
    'saving',
    'cancelling',
    'done',
  ])
  .meta({ id: 'OperationPhase' });
export type OperationPhase = z.infer<typeof OperationPhase>;

export const OperationAction = z.enum(['create', 'update', 'delete']).meta({ id: 'OperationAction' });
export type OperationAction = z.infer<typeof OperationAction>;

/** Why an operation failed, as data. */
export const OperationError = z
  .object({
    code: ErrorCode,
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
    retryable: z.boolean(),
  })
  .meta({ id: 'OperationError' });
export type OperationError = z.infer<typeof OperationError>;

/** What became of one device of a batch. */
export const DeviceResult = z
  .object({
    name: Name,
    action: z.enum(['put', 'delete']),
    status: z.enum(['pending', 'succeeded', 'failed', 'superseded']),
    revision: z.int(),
    error: OperationError.optional(),
  })
  .meta({ id: 'DeviceResult' });
export type DeviceResult = z.infer<typeof DeviceResult>;

/** How many objects a run added, changed, removed or replaced at the vendor. */
export const ChangeCounts = z
  .object({ add: z.int(), change: z.int(), remove: z.int(), replace: z.int() })
  .meta({ id: 'ChangeCounts' });
export type ChangeCounts = z.infer<typeof ChangeCounts>;

/** Where the time went, in milliseconds; a stage that did not happen is absent. */
export const OperationTimings = z
  .object({
    queuedMs: z.int(),
    initMs: z.int(),
    planMs: z.int(),
    applyMs: z.int(),
    totalMs: z.int(),
  })
  .partial()
  .meta({ id: 'OperationTimings' });
export type OperationTimings = z.infer<typeof OperationTimings>;

/** One request to converge a resource to its newest revision. */
export const Operation = z
  .object({
    id: z.uuid(),
    customer: Name,
    site: Name,
    device: Name.optional(),
    vendor: z.string(),
    lane: Lane,
    action: OperationAction,
    status: OperationStatus,
    phase: OperationPhase,
    revision: z.int(),
    attempt: z.int(),
    requiresApproval: z.boolean(),
    changed: z.boolean(),
    changes: ChangeCounts,
    outputs: z.record(z.string(), z.unknown()),
    /** Of devices: how many it is about, and what has become of them so far. */
    progress: z.object({ total: z.int(), succeeded: z.int(), failed: z.int() }).optional(),
    /** What became of each device; only where one operation is read. */
    results: z.array(DeviceResult).optional(),
    error: OperationError.optional(),
    queue: z
      .object({
        /** Operations that go before it. */
        position: z.int().optional(),
        etaSeconds: z.int().optional(),
        waitingFor: z.string().optional(),
      })
      .optional(),
    timings: OperationTimings,
    supersededBy: z.uuid().optional(),
    createdBy: z.string(),
    createdAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof Operation>;

/** One run of an operation: a claim by a worker, and how it ended. */
export const OperationRun = z
  .object({
    workerId: z.string(),
    startedAt: Instant,
    endedAt: Instant.nullable(),
    /** The number of the try, if it began to change something at the vendor. */
    attempt: z.int().optional(),
    outcome: z.enum([
      'running',
      'succeeded',
      'failed',
      'timed_out',
      'cancelled',
      'superseded',
      'deferred',
      'taken_over',
      'plan_held',
    ]),
    error: OperationError.optional(),
  })
  .meta({ id: 'OperationRun' });
export type OperationRun = z.infer<typeof OperationRun>;

/** Statuses in which an operation has ended. It leaves them only when somebody asks for it again. */
export const FINAL_STATUSES: readonly OperationStatus[] = ['succeeded', 'failed', 'cancelled', 'timed_out'];

export const isFinal = (status: OperationStatus): boolean => FINAL_STATUSES.includes(status);
