import { countersOf, type VendorLimits } from '@app/vendors';
import type { BudgetKey, BudgetPriority } from './budget.js';

/** What a request asks of the counters. */
export interface CounterNeeds {
  /** Units by counter. */
  units: Map<string, number>;
  windows: { counter: string; units: number; calls: number; ms: number }[];
}

/** Clocks that are set to whole milliseconds, ours and the vendor's, may disagree by so much. */
const CLOCK_GRAIN_MS = 2;
/** Our clock may be so much faster than the vendor's. */
const CLOCK_DRIFT = 0.001;

/** How long a window of the vendor's is to us, at `clockScale` times the pace of real time. */
export const realWindowMs = (windowMs: number, clockScale: number): number =>
  (windowMs / clockScale) * (1 + CLOCK_DRIFT) + CLOCK_GRAIN_MS;

/**
 * The units that calls take on the counters which have limits. More than fits into an empty window can never be had
 * at once: it is cut to that, and the rest is asked for call by call.
 */
export function counterNeeds(
  needs: Readonly<Record<string, number>>,
  limits: VendorLimits,
  clockScale: number,
): CounterNeeds {
  const units = new Map<string, number>();
  const windowsOf = new Map<string, ReturnType<typeof countersOf>[number]['windows']>();
  for (const [operation, calls] of Object.entries(needs)) {
    if (calls <= 0) continue;
    for (const { counter, windows } of countersOf(limits, operation)) {
      const most = Math.min(...windows.map((window) => window.calls));
      if (windows.length === 0) continue;
      units.set(counter, Math.min((units.get(counter) ?? 0) + calls, most));
      windowsOf.set(counter, windows);
    }
  }
  return {
    units,
    windows: [...windowsOf].flatMap(([counter, windows]) =>
      windows.map(({ calls, windowMs }) => ({
        counter,
        units: units.get(counter) ?? 0,
        calls,
        ms: realWindowMs(windowMs, clockScale),
      })),
    ),
  };
}

/** Names of the counters of one call. */
export const counterNames = (limits: VendorLimits, operation: string): string[] =>
  countersOf(limits, operation)
    .filter(({ windows }) => windows.length > 0)
    .map(({ counter }) => counter);

/** The less, the earlier. */
export const RANK: Readonly<Record<BudgetPriority, number>> = { edit: 0, bulk: 1, drift: 2 };

/** One spelling of an address: with and without a slash at its end it is the same account. */
export function canonicalKey({ vendor, baseUrl, accountId }: BudgetKey): BudgetKey {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl).href : baseUrl;
  return { vendor, baseUrl: url.replace(/\/+$/, ''), accountId };
}
