import { HttpException } from '@nestjs/common';
import { FieldError, type ErrorCode, type Problem } from '@app/contracts';
import { AppError } from '@app/runtime';
import { z } from 'zod';
import { MethodNotAllowed } from './request-errors.js';

/** What a problem answer is made of. */
export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  problem: Problem;
}

/** The HTTP status of each code that a request can end with; every other code is our own fault, 500. */
export const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  MALFORMED_JSON: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  IDEMPOTENCY_KEY_IN_USE: 409,
  SITE_DELETING: 409,
  SITE_NOT_READY: 409,
  HAS_RESOURCES: 409,
  VENDOR_ACCOUNT_MISSING: 409,
  INVALID_TRANSITION: 409,
  SUPERSEDED: 409,
  PRECONDITION_FAILED: 412,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION_FAILED: 422,
  UNSUPPORTED_VENDOR: 422,
  NOT_YET_SUPPORTED: 422,
  UNSUPPORTED_FOR_VENDOR: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_STREAMS: 429,
  DATABASE_UNAVAILABLE: 503,
  BROKER_UNAVAILABLE: 503,
};

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  DATABASE_UNAVAILABLE: 2,
  BROKER_UNAVAILABLE: 2,
  IDEMPOTENCY_KEY_IN_USE: 1,
  TOO_MANY_STREAMS: 5,
};

const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: 'VALIDATION_FAILED',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const Details = z.object({
  errors: z.array(FieldError).optional().catch(undefined),
  operationId: z.uuid().optional().catch(undefined),
});

const sentence = (code: ErrorCode): string => {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const problemOfCode = (code: ErrorCode, status: number, detail: string): Problem => ({
  type: `urn:sitewright:problem:${code.toLowerCase().replaceAll('_', '-')}`,
  title: sentence(code),
  status,
  code,
  detail,
});

const unexpected = (): ProblemAnswer => ({
  status: 500,
  headers: {},
  problem: problemOfCode('INTERNAL', 500, 'an unexpected error occurred'),
});

function headersOf(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  const retryAfter = RETRY_AFTER_SECONDS[error.code];
  if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter);
  if (error instanceof MethodNotAllowed) headers['Allow'] = error.allowed.join(', ');
  if (error.code === 'UNAUTHENTICATED') headers['WWW-Authenticate'] = 'Bearer realm="sitewright"';
  return headers;
}

function problemOfAppError(error: AppError): ProblemAnswer {
  const status = STATUS_OF[error.code];
  if (status === undefined) return unexpected();
  const { errors, operationId } = Details.parse(error.details ?? {});
  return {
    status,
    headers: headersOf(error),
    problem: {
      ...problemOfCode(error.code, status, error.message),
      ...(errors !== undefined && { errors }),
      ...(operationId !== undefined && { operationId }),
    },
  };
}

/** What Nest and Node refuse by themselves: an address that cannot be decoded, for example. */
function problemOfHttpException(error: HttpException): ProblemAnswer {
  const status = error.getStatus();
  if (status >= 500) return unexpected();
  return {
    status,
    headers: {},
    problem: problemOfCode(CODE_OF_STATUS[status] ?? 'VALIDATION_FAILED', status, error.message),
  };
}

/** Every error as an answer. What is not one of ours tells nothing about itself: it may quote a secret. */
export function problemOf(error: unknown): ProblemAnswer {
  if (error instanceof AppError) return problemOfAppError(error);
  if (error instanceof HttpException) return problemOfHttpException(error);
  return unexpected();
}
