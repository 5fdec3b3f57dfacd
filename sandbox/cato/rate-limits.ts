import type { WindowLimit } from '../admin/sliding-windows.js';

const MINUTE_MS = 60_000;
const perMinute = (calls: number): WindowLimit => ({ calls, windowMs: MINUTE_MS });

const DEFAULT_LIMITS: readonly WindowLimit[] = [perMinute(120)];

/** Calls per operation and account, whatever token they come with: the vendor's published table. */
const LIMITS = new Map<string, readonly WindowLimit[]>([
  ['entityLookup', [perMinute(30), { calls: 1500, windowMs: 300 * MINUTE_MS }]],
  ['accountSnapshot', [perMinute(30)]],
  ['accountMetrics', [perMinute(15)]],
  ['appStatsTimeSeries', [perMinute(80)]],
  ['auditFeed', [perMinute(5)]],
  ['eventsFeed', [perMinute(100)]],
  ['addAccount', [perMinute(10)]],
  ['removeAccount', [perMinute(5)]],
  ['publishPolicyRevision', [perMinute(3), { calls: 20, windowMs: 60 * MINUTE_MS }]],
]);

export function limitsOf(operation: string): readonly WindowLimit[] {
  return LIMITS.get(operation) ?? DEFAULT_LIMITS;
}
