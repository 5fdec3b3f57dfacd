import { z } from 'zod';
import { ErrorCode } from './error-codes.js';

/** One fault of a request: which field, and what is wrong with it. */
export const FieldError = z
  .object({
    path: z.string().describe('dotted path of the field, e.g. `tunnels.0.psk`'),
    message: z.string(),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof FieldError>;

/** The body of every error answer, `application/problem+json` (RFC 9457). */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: ErrorCode,
    detail: z.string(),
    errors: z.array(FieldError).optional(),
    operationId: z.uuid().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
