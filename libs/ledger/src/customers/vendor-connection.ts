import type { CallMeter, Vendor, VendorConnection } from '@app/vendors';
import type { BudgetKey } from '../budget/budget.js';
import type { UnsealedAccount } from '../operations/claim.js';

/** How this process reaches vendors. */
export interface VendorAccess {
  /** Address by vendor in place of the vendor's own, for accounts that name none. */
  defaultBaseUrls: ReadonlyMap<string, string>;
  /** How much faster than real time the vendors' clocks go. */
  clockScale: number;
}

/** Whose calls are counted together with those for this account. */
export const budgetOf = (account: UnsealedAccount, vendor: Vendor, access: VendorAccess): BudgetKey => ({
  vendor: vendor.id,
  baseUrl: account.baseUrl ?? access.defaultBaseUrls.get(vendor.id) ?? vendor.defaultBaseUrl,
  accountId: account.accountId,
});

/** How to reach a customer's account at a vendor. Holds credentials: never log it. */
export const vendorConnection = (
  account: UnsealedAccount,
  vendor: Vendor,
  access: VendorAccess,
  meter: CallMeter,
): VendorConnection => ({
  baseUrl: budgetOf(account, vendor, access).baseUrl,
  accountId: account.accountId,
  credentials: account.credentials,
  meter,
  clockScale: access.clockScale,
});
