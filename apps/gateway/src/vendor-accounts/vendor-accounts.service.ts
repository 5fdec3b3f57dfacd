import type { VendorAccount } from '@app/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { Answer } from '../http/answer.js';
import { validated } from '../http/validate.js';
import { knownVendor } from '../sites/site-spec.js';
import { VENDOR_CATALOGUE, type VendorCatalogue } from '../sites/vendor-catalogue.js';
import { vendorAccountSpec, type VendorAccountSpec } from './vendor-account-spec.js';

/** Where vendor accounts are kept; their credentials are sealed there. */
export interface VendorAccountStore {
  put(
    customer: string,
    vendor: string,
    spec: VendorAccountSpec,
  ): Promise<{ account: VendorAccount; isNew: boolean }>;
  get(customer: string, vendor: string): Promise<VendorAccount>;
  delete(customer: string, vendor: string): Promise<void>;
}
export const VENDOR_ACCOUNT_STORE = Symbol('VendorAccountStore');

/** Whether vendor accounts may point to a sandbox on this machine. */
export interface SandboxSwitch {
  isSandbox: boolean;
}
export const SANDBOX_SWITCH = Symbol('SandboxSwitch');

/** Where a vendor account is in the API. */
export interface VendorAccountAddress {
  customer: string;
  vendor: string;
}

@Injectable()
export class VendorAccountsService {
  constructor(
    @Inject(VENDOR_ACCOUNT_STORE) private readonly accounts: VendorAccountStore,
    @Inject(VENDOR_CATALOGUE) private readonly vendors: VendorCatalogue,
    @Inject(SANDBOX_SWITCH) private readonly sandbox: SandboxSwitch,
  ) {}

  async put({ customer, vendor: id }: VendorAccountAddress, body: unknown): Promise<Answer> {
    const vendor = knownVendor(this.vendors, id);
    const spec = validated(vendorAccountSpec(vendor, this.sandbox), body);
    const { account, isNew } = await this.accounts.put(customer, id, spec);
    const location = { Location: `/v1/customers/${customer}/vendor-accounts/${id}` };
    return isNew ? new Answer(201, account, location) : new Answer(200, account);
  }

  get({ customer, vendor }: VendorAccountAddress): Promise<VendorAccount> {
    return this.accounts.get(customer, knownVendor(this.vendors, vendor).id);
  }

  delete({ customer, vendor }: VendorAccountAddress): Promise<void> {
    return this.accounts.delete(customer, knownVendor(this.vendors, vendor).id);
  }
}
