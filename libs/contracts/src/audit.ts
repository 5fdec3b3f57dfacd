import { z } from 'zod';
import { Instant, Name } from './names.js';

export const AuditAction = z
  .enum(['dead_letter.replayed', 'dead_letter.discarded', 'dead_letters.replayed', 'operation.retried'])
  .meta({ id: 'AuditAction' });
export type AuditAction = z.infer<typeof AuditAction>;

/** What somebody did, beside the requests that operations stand for. */
export const AuditEntry = z
  .object({
    id: z.string(),
    at: Instant,
    /** Name of the API key, or `broker` for a message that was moved by hand. */
    actor: z.string(),
    action: AuditAction,
    customer: Name.optional(),
    target: z.object({ type: z.enum(['dead_letter', 'operation', 'filter']), id: z.string().optional() }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
