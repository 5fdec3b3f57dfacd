import { StandardSchemaValidationPipe } from '@nestjs/common';
import { MessageRejected } from './errors.js';

const MAX_FAULTS = 20;

/** Checks payloads against the schema of `@Payload({ schema })`; tells where it does not fit, never with what. */
export const messageValidation = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      new MessageRejected('schema_refused', {
        faults: issues.slice(0, MAX_FAULTS).map((issue) => ({
          path: (issue.path ?? [])
            .map((part) => String(typeof part === 'object' ? part.key : part))
            .join('.'),
          message: issue.message,
        })),
      }),
  });
