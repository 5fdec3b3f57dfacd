import { DeadLetterFilter, DeadLetterStatus, PageQuery } from '@app/contracts';
import { z } from 'zod';

export const DeadLetterParams = z.object({ id: z.uuid() });
export type DeadLetterParams = z.infer<typeof DeadLetterParams>;

export const DeadLettersQuery = PageQuery.extend({
  ...DeadLetterFilter.shape,
  status: DeadLetterStatus.optional(),
});
export type DeadLettersQuery = z.infer<typeof DeadLettersQuery>;

export const DiscardQuery = z.object({
  reason: z
    .string({ error: 'is required, once' })
    .trim()
    .min(1, 'must not be empty')
    .max(500)
    .describe('why nobody needs it any more; kept with the dead letter and in the audit'),
});
export type DiscardQuery = z.infer<typeof DiscardQuery>;
