import { z } from 'zod';
import { Instant } from './names.js';

/** `dead`: it fell silent without saying goodbye. */
export const WorkerState = z.enum(['alive', 'draining', 'stopped', 'dead']).meta({ id: 'WorkerState' });
export type WorkerState = z.infer<typeof WorkerState>;

/** A process that takes work from the queues. */
export const Worker = z
  .object({
    id: z.string(),
    app: z.string(),
    state: WorkerState,
    /** Deliveries that it can have in hand at the same time, and has. */
    slots: z.int(),
    busy: z.int(),
    startedAt: Instant,
    lastSeenAt: Instant,
  })
  .meta({ id: 'Worker' });
export type Worker = z.infer<typeof Worker>;
