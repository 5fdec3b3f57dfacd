import type { z } from 'zod';
import { fieldErrors } from './field-errors.js';
import { ValidationFailed } from './request-errors.js';
import { malformedText } from './well-formed.js';

/** The value as the schema reads it. Throws `ValidationFailed` that names every faulty field. */
export function validated<T>(schema: z.ZodType<T>, value: unknown): T {
  const malformed = malformedText(value);
  if (malformed.length > 0) throw new ValidationFailed(malformed);
  const result = schema.safeParse(value);
  if (!result.success) throw new ValidationFailed(fieldErrors(result.error.issues));
  return result.data;
}
