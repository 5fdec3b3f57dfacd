/** Counts the calls to a vendor's API against the account's budget. */
export interface CallMeter {
  /**
   * Makes one call of an API operation, when the budget has room for it.
   * @throws OutOfBudget, or whatever the call throws
   */
  call<T>(operation: string, make: () => Promise<T>): Promise<T>;
}

/** Calls that nobody counts: where there is no budget to keep. */
export const unmetered: CallMeter = { call: (_operation, make) => make() };
