import type { ErrorCode } from '@app/contracts';

export interface AppErrorOptions {
  cause?: unknown;
  /** Facts for whoever reads the error. Never a secret: details reach the API, the logs and the ledger. */
  details?: Record<string, unknown>;
  retryable?: boolean;
}

/** Base of every error we throw on purpose. Anything else that escapes is a bug. */
export abstract class AppError extends Error {
  abstract readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | undefined;

  constructor(message: string, { cause, details, retryable = false }: AppErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.details = details;
    this.retryable = retryable;
  }
}
