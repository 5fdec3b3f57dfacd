/** The value below which the given share of the values lies, between neighbours in proportion; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How many a minute, when so many took so long. */
export const perMinute = (count: number, durationMs: number): number => (count * 60_000) / durationMs;

/** Quotients of values that were measured in the same round: what slows the machine for a while slows both. */
export function ratios(ours: readonly number[], others: readonly number[]): number[] {
  return ours.flatMap((value, round) => {
    const other = others[round];
    return other === undefined ? [] : [value / other];
  });
}
