import type { Page, VendorStatus } from '@app/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { VendorsQuery } from './vendors-query.js';
import { VendorsService } from './vendors.service.js';

@ApiTags('vendors')
@Controller('v1/vendors')
export class VendorsController {
  constructor(private readonly vendors: VendorsService) {}

  @Get()
  @Endpoint({
    summary: 'See how things stand with the vendors and the accounts at them',
    description:
      'Circuit breakers, what is used and left of the vendors’ rate limits, and the work that waits. `limit` and ' +
      '`cursor` page through the accounts; every page has all vendors. Customers that share an account at a vendor ' +
      'share its budget, and each of them sees all of its use.',
    role: 'viewer',
    query: VendorsQuery,
    answers: { 200: { description: 'The vendors, with a page of their accounts.', schema: 'VendorPage' } },
    problems: ['UNSUPPORTED_VENDOR'],
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: VendorsQuery }) query: VendorsQuery,
  ): Promise<Page<VendorStatus>> {
    return this.vendors.list(caller, query);
  }
}
