import type { LaneLoad, Page } from '@app/contracts';

/** A customer's account at a vendor, without its credentials, and the work that waits for it. */
export interface AccountLoad {
  id: string;
  customer: string;
  vendor: string;
  accountId: string;
  /** null: the vendor's own address, or the sandbox's. */
  baseUrl: string | null;
  /** Lanes in which something is to be done. */
  lanes: LaneLoad[];
}

export interface VendorLoadFilter {
  customer?: string | undefined;
  vendor?: string | undefined;
}

/** How much there is to be done for vendors. */
export interface VendorLoadQueries {
  /** By customer, then by vendor. */
  accounts(
    filter: VendorLoadFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AccountLoad>>;
  /** Of all accounts of a vendor together; vendors with nothing to do are absent. */
  totals(filter: VendorLoadFilter): Promise<ReadonlyMap<string, LaneLoad[]>>;
}
