export interface CallCounts {
  accepted: number;
  /** By a rate limit. */
  refused: number;
}

/** What a vendor's simulator has counted. */
export interface VendorCalls extends CallCounts {
  /** By operation of the vendor's API. */
  byOperation: Record<string, CallCounts>;
}

const NONE: CallCounts = { accepted: 0, refused: 0 };

/** What came between two counts; operations that were not called meanwhile are left out. */
export function callsBetween(before: VendorCalls, after: VendorCalls): VendorCalls {
  const byOperation = Object.entries(after.byOperation)
    .map(([name, counts]): [string, CallCounts] => [
      name,
      difference(before.byOperation[name] ?? NONE, counts),
    ])
    .filter(([, { accepted, refused }]) => accepted + refused > 0)
    .toSorted(([one], [other]) => one.localeCompare(other));
  return { ...difference(before, after), byOperation: Object.fromEntries(byOperation) };
}

const difference = (before: CallCounts, after: CallCounts): CallCounts => ({
  accepted: after.accepted - before.accepted,
  refused: after.refused - before.refused,
});
