import { CustomerSpec, PageQuery, type Customer, type Page } from '@app/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { CustomerParams } from '../sites/site-address.js';
import { CustomersService } from './customers.service.js';

@ApiTags('customers')
@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  @Endpoint({
    summary: 'List customers, by name',
    description: 'A key that is scoped to one customer sees that one.',
    role: 'viewer',
    query: PageQuery,
    answers: { 200: { description: 'A page of customers.', schema: 'CustomerPage' } },
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: PageQuery }) page: PageQuery,
  ): Promise<Page<Customer>> {
    return this.customers.list(caller, page);
  }

  @Get(':customer')
  @Endpoint({
    summary: 'Read a customer',
    role: 'viewer',
    answers: { 200: { description: 'The customer.', schema: 'Customer' } },
    problems: ['NOT_FOUND'],
  })
  get(@Param({ schema: CustomerParams }) { customer }: CustomerParams): Promise<Customer> {
    return this.customers.get(customer);
  }

  @Put(':customer')
  @Endpoint({
    summary: 'Create or rename a customer',
    role: 'admin',
    isForAllCustomers: true,
    body: 'CustomerSpec',
    answers: {
      200: { description: 'Replaced.', schema: 'Customer' },
      201: { description: 'Created.', schema: 'Customer', headers: ['Location'] },
    },
    problems: ['NOT_FOUND'],
  })
  put(
    @Param({ schema: CustomerParams }) { customer }: CustomerParams,
    @Body({ schema: CustomerSpec }) spec: CustomerSpec,
  ): Promise<Answer> {
    return this.customers.put(customer, spec);
  }

  @Delete(':customer')
  @HttpCode(204)
  @Endpoint({
    summary: 'Delete a customer that has no resources',
    role: 'admin',
    isForAllCustomers: true,
    answers: { 204: { description: 'Deleted.' } },
    problems: ['NOT_FOUND', 'HAS_RESOURCES'],
  })
  delete(@Param({ schema: CustomerParams }) { customer }: CustomerParams): Promise<void> {
    return this.customers.delete(customer);
  }
}
