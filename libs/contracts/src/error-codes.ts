import { z } from 'zod';

/**
 * Every code that a client, a log reader or an operator may branch on. They are API: a code is never
 * reused with another meaning. The prefix names the owner of the fault: `TF_` Terraform, `VENDOR_` the
 * vendor's API.
 */
export const ErrorCode = z
  .enum([
    // the request
    'MALFORMED_JSON',
    'VALIDATION_FAILED',
    'UNSUPPORTED_VENDOR',
    'NOT_YET_SUPPORTED',
    'UNSUPPORTED_FOR_VENDOR',
    'BODY_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'NOT_FOUND',
    'METHOD_NOT_ALLOWED',
    'PRECONDITION_FAILED',
    'IDEMPOTENCY_KEY_REUSED',
    'IDEMPOTENCY_KEY_IN_USE',
    'SITE_DELETING',
    'SITE_NOT_READY',
    'HAS_RESOURCES',
    'VENDOR_ACCOUNT_MISSING',
    'INVALID_TRANSITION',
    'TOO_MANY_STREAMS',
    // the operation
    'SUPERSEDED',
    'PARTIAL_FAILURE',
    'TF_INIT_FAILED',
    'TF_PLAN_FAILED',
    'TF_APPLY_FAILED',
    'TF_IMPORT_FAILED',
    'TF_STATE_LOCKED',
    'TF_STATE_UNSAVED',
    'TF_TIMED_OUT',
    'TF_CANCELLED',
    'TF_INTERRUPTED',
    'PLAN_GUARD',
    'PLAN_STALE',
    'LEASE_LOST',
    'WORKER_LOST',
    'WORK_INTERRUPTED',
    'WORK_TIMED_OUT',
    'WORK_CANCELLED',
    // the vendor
    'VENDOR_RATE_LIMITED',
    'VENDOR_UNAVAILABLE',
    'VENDOR_AUTH_FAILED',
    'VENDOR_REJECTED',
    'NAME_TAKEN',
    // ourselves
    'DATABASE_UNAVAILABLE',
    'BROKER_UNAVAILABLE',
    'MESSAGE_REJECTED',
    'INTERNAL',
  ])
  .meta({ id: 'ErrorCode' });
export type ErrorCode = z.infer<typeof ErrorCode>;
