import type { Endings } from './device-system.js';
import type { LoadResults } from './load.js';
import type { OutageResults } from './outage.js';

/** What is aimed at, what came of it, and whether that is enough. */
export interface Bar {
  what: string;
  figure: string;
  isMet: boolean;
}

const USED_AT_LEAST = 0.95;
const WAIT_RATIO_AT_MOST = 1.5;

const none = (what: string, count: number): Bar => ({
  what: `${what}: none`,
  figure: String(count),
  isMet: count === 0,
});

const failedOf = (endings: Endings): number => (endings['failed'] ?? 0) + (endings['timed_out'] ?? 0);

/** The vendor's limits are never broken, and used to the full. */
export function budgetBars({ calls, operations, notAccepted, flooding }: LoadResults): Bar[] {
  const failed = Object.values(operations).reduce((total, endings) => total + failedOf(endings), 0);
  const floodFailed = Object.values(flooding?.operations ?? {}).reduce(
    (total, endings) => total + failedOf(endings),
    0,
  );
  const used = flooding?.allowanceUsed ?? Number.NaN;
  return [
    none('calls refused by the vendor', calls.refused),
    none('operations failed', failed + floodFailed),
    none('requests not accepted', notAccepted + (flooding?.notAccepted ?? 0)),
    {
      what: "of the flooding account's bulk calls used: 95 %",
      figure: `${(used * 100).toFixed(1)} %`,
      isMet: used >= USED_AT_LEAST,
    },
  ];
}

/** The vendor does refuse what the budget keeps back: otherwise nothing is shown. */
export const withoutBudgetBars = (refused: { withBudget: number; withoutBudget: number }): Bar[] => [
  none('calls refused with the budget', refused.withBudget),
  {
    what: 'calls refused without the budget: some',
    figure: String(refused.withoutBudget),
    isMet: refused.withoutBudget > 0,
  },
];

export const fairnessBars = (waitRatio: number): Bar[] => [
  {
    what: 'p50 wait of the others beside the flood: at most 1.5 times',
    figure: `× ${waitRatio.toFixed(2)}`,
    isMet: waitRatio <= WAIT_RATIO_AT_MOST,
  },
];

export const outageBars = ({ failed, accounts }: OutageResults): Bar[] => [
  none('operations failed', failed),
  {
    what: 'accounts that flow again within their probe interval: all',
    figure: `${accounts.filter(({ isWithinInterval }) => isWithinInterval).length} of ${accounts.length}`,
    isMet: accounts.every(({ isWithinInterval }) => isWithinInterval),
  },
];

export const barLine = ({ what, figure, isMet }: Bar): string =>
  `  ${isMet ? 'reached    ' : 'not reached'}  ${what}; it is ${figure}`;
