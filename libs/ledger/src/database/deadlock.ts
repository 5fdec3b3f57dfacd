const DEADLOCK_DETECTED = '40P01';

/** True when PostgreSQL has ended a transaction because others and it waited for one another. */
export function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === DEADLOCK_DETECTED) return true;
  return 'driverError' in error && error.driverError !== error && isDeadlock(error.driverError);
}
