import { AppError } from '@app/runtime';

/** PostgreSQL cannot be reached, is starting or is shutting down. */
export class DatabaseUnavailable extends AppError {
  readonly code = 'DATABASE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('the database cannot be reached', { cause, retryable: true });
  }
}

/** Node's codes for a connection that did not come about or broke. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** SQLSTATE classes 08 (connection), 57P (operator intervention) and 53300 (too many connections). */
const SQL_STATES = /^(?:08...|57P0[1-5]|53300|25P03|XX000)$/;
/** What `pg` and its pool say without a code. */
const MESSAGES =
  /Connection terminated|not currently accepting connections|timeout exceeded when trying to connect|Client has encountered a connection error|connection timeout|not queryable|Cannot use a pool after calling end/i;

/** True when a statement failed because of the way to the database rather than because of itself. */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') {
    if (SOCKET_CODES.has(error.code) || SQL_STATES.test(error.code)) return true;
  }
  if (MESSAGES.test(error.message)) return true;
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure);
  return 'driverError' in error && error.driverError !== error && isConnectionFailure(error.driverError);
}
