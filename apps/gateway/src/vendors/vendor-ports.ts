import type { BudgetKey, BudgetUsage } from '@app/ledger';
import type { VendorLimits } from '@app/vendors';

export const VENDOR_LOAD = Symbol('VendorLoadQueries');

/** Where it is asked how much of a vendor's limits is used. */
export interface BudgetUsageQueries {
  usage(budget: BudgetKey, limits: VendorLimits): Promise<BudgetUsage[]>;
}
export const BUDGET_USAGE = Symbol('BudgetUsageQueries');

export const BREAKER_QUERIES = Symbol('BreakerQueries');

/** What a vendor account without an address of its own means, by vendor, where that is not the vendor's own address. */
export type DefaultBaseUrls = ReadonlyMap<string, string>;
export const DEFAULT_BASE_URLS = Symbol('DefaultBaseUrls');
