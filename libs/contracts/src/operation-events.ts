import { z } from 'zod';
import { Instant } from './names.js';

/** Something that happened to an operation. */
export const OperationEvent = z
  .object({
    /** Grows along an operation's events; to be sent as `Last-Event-ID` to get those that came after. */
    id: z.string(),
    /** `submitted`, `released`, `claimed`, `progress`, `deferred`, … and how it ended. New ones may come. */
    type: z.string(),
    at: Instant,
    /** What there is to say, by type: `{total, succeeded, failed}` of `progress`, the error of `failed`. */
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OperationEvent' });
export type OperationEvent = z.infer<typeof OperationEvent>;
