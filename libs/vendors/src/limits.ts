/** So many calls in any stretch of time of that length. */
export interface RateWindow {
  calls: number;
  windowMs: number;
}

/** How often a vendor lets an account call its API. */
export interface VendorLimits {
  /** For every API operation that has no entry of its own; absent: no limit of its own. */
  perOperation?: readonly RateWindow[];
  /** By API operation, in place of `perOperation`. */
  operations: Readonly<Record<string, readonly RateWindow[]>>;
  /** For all calls of the account together, whatever their operation. */
  overall?: readonly RateWindow[];
}

/** The counters that a call of an operation runs on, each with its windows. */
export function countersOf(
  limits: VendorLimits,
  operation: string,
): { counter: string; windows: readonly RateWindow[] }[] {
  const own = limits.operations[operation] ?? limits.perOperation;
  return [
    ...(own === undefined ? [] : [{ counter: operation, windows: own }]),
    ...(limits.overall === undefined ? [] : [{ counter: OVERALL, windows: limits.overall }]),
  ];
}

/** Name of the counter of all calls. */
export const OVERALL = '*';
