import type { BudgetStatus, Page, VendorAccountStatus, VendorStatus, WorkerCount } from '@app/contracts';
import type { AccountLoad, Breaker, BreakerQueries, VendorLoadQueries, WorkerQueries } from '@app/ledger';
import type { Vendor } from '@app/vendors';
import { Inject, Injectable } from '@nestjs/common';
import { isOutOfScope, type Caller } from '../auth/caller.js';
import { knownVendor } from '../sites/site-spec.js';
import { VENDOR_CATALOGUE, type VendorCatalogue } from '../sites/vendor-catalogue.js';
import { WORKER_QUERIES } from '../workers/workers.service.js';
import {
  BREAKER_QUERIES,
  BUDGET_USAGE,
  DEFAULT_BASE_URLS,
  VENDOR_LOAD,
  type BudgetUsageQueries,
  type DefaultBaseUrls,
} from './vendor-ports.js';
import { breakerStatus, everyLane, workerCounts, worstState } from './vendor-status.js';
import type { VendorsQuery } from './vendors-query.js';

/** How things stand with the vendors, as far as the caller may know. */
@Injectable()
export class VendorsService {
  constructor(
    @Inject(VENDOR_CATALOGUE) private readonly vendors: VendorCatalogue,
    @Inject(VENDOR_LOAD) private readonly load: VendorLoadQueries,
    @Inject(BUDGET_USAGE) private readonly budget: BudgetUsageQueries,
    @Inject(BREAKER_QUERIES) private readonly breakers: BreakerQueries,
    @Inject(WORKER_QUERIES) private readonly workers: WorkerQueries,
    @Inject(DEFAULT_BASE_URLS) private readonly defaultBaseUrls: DefaultBaseUrls,
  ) {}

  async list(caller: Caller, query: VendorsQuery): Promise<Page<VendorStatus>> {
    const wanted =
      query.vendor === undefined ? [...this.vendors.values()] : [knownVendor(this.vendors, query.vendor)];
    const { limit, cursor } = query;
    const customer = caller.customer ?? query.customer;
    const filter = { customer, vendor: query.vendor };
    const isEmpty = isOutOfScope(caller, query.customer);
    const [page, totals, workers] = await Promise.all([
      isEmpty ? { items: [], nextCursor: null } : this.load.accounts(filter, { limit, cursor }),
      isEmpty ? new Map<string, never>() : this.load.totals(filter),
      this.workersFor(caller),
    ]);
    const accounts = await this.accounts(page.items);
    const items = wanted.map((vendor) => ({
      vendor: vendor.id,
      displayName: vendor.displayName,
      lanes: everyLane(vendor.lanes, totals.get(vendor.id) ?? []),
      ...(workers && { workers }),
      accounts: accounts.get(vendor.id) ?? [],
    }));
    return { items, nextCursor: page.nextCursor };
  }

  /** The workers serve all customers, so that no key of one customer sees them. */
  private async workersFor({ customer }: Caller): Promise<WorkerCount[] | undefined> {
    return customer === null ? workerCounts(await this.workers.list()) : undefined;
  }

  private async accounts(found: readonly AccountLoad[]): Promise<Map<string, VendorAccountStatus[]>> {
    const breakers = found.length === 0 ? [] : await this.breakers.breakers(found.map(({ id }) => id));
    const ofAccount = Map.groupBy(breakers, ({ vendorAccountId }) => vendorAccountId);
    const statuses = new Map<string, VendorAccountStatus[]>();
    for (const account of found) {
      const vendor = this.vendors.get(account.vendor);
      // What is left of a vendor that is not in the catalogue any more has nobody to ask about it.
      if (vendor === undefined) continue;
      const status = await this.account(vendor, account, ofAccount.get(account.id) ?? []);
      statuses.set(vendor.id, [...(statuses.get(vendor.id) ?? []), status]);
    }
    return statuses;
  }

  private async account(
    vendor: Vendor,
    { customer, accountId, lanes, baseUrl }: AccountLoad,
    breakers: readonly Breaker[],
  ): Promise<VendorAccountStatus> {
    return {
      customer,
      accountId,
      breaker: worstState(breakers),
      breakers: breakers.map(breakerStatus),
      budget: await this.budgetOf(vendor, accountId, baseUrl),
      lanes: everyLane(vendor.lanes, lanes),
      links: { self: `/v1/customers/${customer}/vendor-accounts/${vendor.id}` },
    };
  }

  private async budgetOf(vendor: Vendor, accountId: string, given: string | null): Promise<BudgetStatus[]> {
    const baseUrl = given ?? this.defaultBaseUrls.get(vendor.id) ?? vendor.defaultBaseUrl;
    const usage = await this.budget.usage({ vendor: vendor.id, baseUrl, accountId }, vendor.limits);
    return usage.map((use) => ({ ...use, blockedMs: Math.ceil(use.blockedMs) }));
  }
}
