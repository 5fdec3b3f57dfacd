import type { LaneLoad, Page } from '@app/contracts';
import type {
  AccountLoad,
  Breaker,
  BreakerQueries,
  BudgetKey,
  BudgetUsage,
  VendorLoadFilter,
  VendorLoadQueries,
} from '@app/ledger';
import type { BudgetUsageQueries } from '../vendors/vendor-ports.js';

export const accountOf = (changes: Partial<AccountLoad> = {}): AccountLoad => ({
  id: '01990000-0000-7000-8000-0000000000a1',
  customer: 'acme',
  vendor: 'cato',
  accountId: '4711',
  baseUrl: null,
  lanes: [],
  ...changes,
});

/** Accounts, what is to be done for them, their budgets and their breakers. */
export class FakeVendorStates implements VendorLoadQueries, BudgetUsageQueries, BreakerQueries {
  readonly known: AccountLoad[] = [];
  readonly loads = new Map<string, LaneLoad[]>();
  readonly uses: BudgetUsage[] = [];
  readonly broken: Breaker[] = [];
  readonly filters: VendorLoadFilter[] = [];
  readonly budgets: BudgetKey[] = [];

  accounts(filter: VendorLoadFilter): Promise<Page<AccountLoad>> {
    this.filters.push(filter);
    const items = this.known.filter(
      ({ customer, vendor }) =>
        (filter.customer ?? customer) === customer && (filter.vendor ?? vendor) === vendor,
    );
    return Promise.resolve({ items, nextCursor: null });
  }

  totals(filter: VendorLoadFilter): Promise<ReadonlyMap<string, LaneLoad[]>> {
    this.filters.push(filter);
    return Promise.resolve(this.loads);
  }

  usage(budget: BudgetKey): Promise<BudgetUsage[]> {
    this.budgets.push(budget);
    return Promise.resolve(this.uses);
  }

  breakers(ids?: readonly string[]): Promise<Breaker[]> {
    return Promise.resolve(
      this.broken.filter(({ vendorAccountId }) => ids === undefined || ids.includes(vendorAccountId)),
    );
  }
}
