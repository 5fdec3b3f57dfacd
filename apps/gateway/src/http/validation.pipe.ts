import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { fieldErrors } from './field-errors.js';
import { ValidationFailed } from './request-errors.js';
import { malformedText } from './well-formed.js';

/** Nest's schema pipe, with our errors and a look at what no schema asks for: text that cannot be stored. */
@Injectable()
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new ValidationFailed(fieldErrors(issues)) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.schema !== undefined) {
      const malformed = malformedText(value);
      if (malformed.length > 0) throw new ValidationFailed(malformed);
    }
    return super.transform(value, metadata);
  }
}
