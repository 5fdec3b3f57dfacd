import type { OperationError } from '@app/contracts';
import { AppError } from './app-error.js';

/**
 * An error as data for clients and the ledger. Only errors of ours carry their text: what a library or a
 * driver wrote into a message may hold a secret.
 */
export function failureReport(error: unknown): OperationError {
  if (!(error instanceof AppError)) {
    return { code: 'INTERNAL', message: 'an unexpected error occurred', retryable: false };
  }
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.details && { details: error.details }),
  };
}
