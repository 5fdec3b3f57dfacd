import type { Customer, CustomerSpec, Page, PageQuery } from '@app/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Answer } from '../http/answer.js';

/** Where customers are kept. */
export interface CustomerStore {
  put(name: string, spec: CustomerSpec): Promise<{ customer: Customer; isNew: boolean }>;
  get(name: string): Promise<Customer>;
  delete(name: string): Promise<void>;
  /** @param onlyCustomer the scope of the caller's key; undefined: all */
  list(page: PageQuery, onlyCustomer?: string): Promise<Page<Customer>>;
}
export const CUSTOMER_STORE = Symbol('CustomerStore');

@Injectable()
export class CustomersService {
  constructor(@Inject(CUSTOMER_STORE) private readonly customers: CustomerStore) {}

  async put(name: string, spec: CustomerSpec): Promise<Answer> {
    const { customer, isNew } = await this.customers.put(name, spec);
    return isNew
      ? new Answer(201, customer, { Location: `/v1/customers/${name}` })
      : new Answer(200, customer);
  }

  get(name: string): Promise<Customer> {
    return this.customers.get(name);
  }

  delete(name: string): Promise<void> {
    return this.customers.delete(name);
  }

  list(caller: Caller, page: PageQuery): Promise<Page<Customer>> {
    return this.customers.list(page, caller.customer ?? undefined);
  }
}
