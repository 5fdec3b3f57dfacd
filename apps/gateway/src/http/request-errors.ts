import type { FieldError } from '@app/contracts';
import { AppError } from '@app/runtime';

const MAX_QUOTED = 64;
/** A client's own word, short enough and tame enough to be repeated to it. */
const quoted = (text: string): string => JSON.stringify(text.toWellFormed().slice(0, MAX_QUOTED));

const summary = (errors: readonly FieldError[]): string => {
  const [first] = errors;
  if (first === undefined) return 'the request is invalid';
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first.path === '' ? 'body' : first.path}: ${first.message}${rest}`;
};

/** The request does not fit its schema. */
export class ValidationFailed extends AppError {
  readonly code = 'VALIDATION_FAILED';
  constructor(readonly errors: readonly FieldError[]) {
    super(summary(errors), { details: { errors } });
  }
}

export class UnsupportedVendor extends AppError {
  readonly code = 'UNSUPPORTED_VENDOR';
  constructor(vendor: string, known: readonly string[]) {
    const message = `vendor ${quoted(vendor)} is not supported; known vendors: ${known.join(', ')}`;
    super(message, { details: { errors: [{ path: 'vendor', message }] } });
  }
}

/** The vendor has no such thing, or we have no way to program it there. */
export class UnsupportedForVendor extends AppError {
  readonly code = 'UNSUPPORTED_FOR_VENDOR';
  constructor(vendor: string, what: string) {
    const message = `${what} are not supported for vendor ${vendor}`;
    super(message, { details: { errors: [{ path: what, message }] } });
  }
}

/** Part of the API that exists in outline only. */
export class NotYetSupported extends AppError {
  readonly code = 'NOT_YET_SUPPORTED';
  constructor(path: string, message: string) {
    super(`${path}: ${message}`, { details: { errors: [{ path, message }] } });
  }
}

export class MalformedJson extends AppError {
  readonly code = 'MALFORMED_JSON';
  constructor(problem: string, cause?: unknown) {
    super(problem, { cause });
  }
}

export class BodyTooLarge extends AppError {
  readonly code = 'BODY_TOO_LARGE';
  constructor(maxBytes: number) {
    super(`the body is larger than ${maxBytes} bytes`, { details: { maxBytes } });
  }
}

export class UnsupportedMediaType extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
}

/** No route of that address, or nothing behind it that this key may know of. */
export class NotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor(what: string) {
    super(`${what} does not exist`);
  }
}

export class MethodNotAllowed extends AppError {
  readonly code = 'METHOD_NOT_ALLOWED';
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super(`${method} is not possible here; possible: ${allowed.join(', ')}`);
  }
}

/** Whoever follows operations may not keep all others out. */
export class TooManyStreams extends AppError {
  readonly code = 'TOO_MANY_STREAMS';
  constructor() {
    super('too many event streams are open; close some, or read the events as a list');
  }
}

/** `If-Match` or `If-None-Match` does not hold. */
export class PreconditionFailed extends AppError {
  readonly code = 'PRECONDITION_FAILED';
}
