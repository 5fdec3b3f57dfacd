import type { VendorAccount } from '@app/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { CustomerParams } from '../sites/site-address.js';
import { VendorAccountsService } from './vendor-accounts.service.js';

/** The vendor is any text here: an unknown one has an error of its own. */
const VendorAccountParams = CustomerParams.extend({ vendor: z.string() });
type VendorAccountParams = z.infer<typeof VendorAccountParams>;

@ApiTags('vendor accounts')
@Controller('v1/customers/:customer/vendor-accounts/:vendor')
export class VendorAccountsController {
  constructor(private readonly accounts: VendorAccountsService) {}

  @Get()
  @Endpoint({
    summary: "Read a customer's account at a vendor",
    description: 'The credentials are never returned.',
    role: 'viewer',
    answers: { 200: { description: 'The account without its credentials.', schema: 'VendorAccount' } },
    problems: ['NOT_FOUND', 'UNSUPPORTED_VENDOR'],
  })
  get(@Param({ schema: VendorAccountParams }) address: VendorAccountParams): Promise<VendorAccount> {
    return this.accounts.get(address);
  }

  @Put()
  @Endpoint({
    summary: "Create or replace a customer's account at a vendor",
    description: 'The credentials are sealed on arrival.',
    role: 'admin',
    body: 'VendorAccountSpec',
    answers: {
      200: { description: 'Replaced.', schema: 'VendorAccount' },
      201: { description: 'Created.', schema: 'VendorAccount', headers: ['Location'] },
    },
    problems: ['NOT_FOUND', 'UNSUPPORTED_VENDOR'],
  })
  put(
    @Param({ schema: VendorAccountParams }) address: VendorAccountParams,
    @Body() body: unknown,
  ): Promise<Answer> {
    return this.accounts.put(address, body);
  }

  @Delete()
  @HttpCode(204)
  @Endpoint({
    summary: "Delete a customer's account at a vendor that has no resources",
    role: 'admin',
    answers: { 204: { description: 'Deleted.' } },
    problems: ['NOT_FOUND', 'UNSUPPORTED_VENDOR', 'HAS_RESOURCES'],
  })
  delete(@Param({ schema: VendorAccountParams }) address: VendorAccountParams): Promise<void> {
    return this.accounts.delete(address);
  }
}
