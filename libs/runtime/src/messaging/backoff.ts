export interface Backoff {
  firstMs: number;
  capMs: number;
}

/** Reconnecting and consuming again. */
export const RECOVERY_BACKOFF: Backoff = { firstMs: 200, capMs: 5_000 };

/**
 * The wait before attempt `attempt` + 1: doubled every time up to the cap, times 0.5–1 so that a fleet that
 * lost one broker does not return as one.
 */
export function backoffMs(attempt: number, { firstMs, capMs }: Backoff, random: number): number {
  const full = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + random / 2));
}
