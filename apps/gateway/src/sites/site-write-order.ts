import type { SiteRequests, SubmitResult } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { WriteOrder, type CheckedRequest } from '../writes/write-order.js';
import type { SiteParams } from './site-address.js';

export const SITE_REQUESTS = Symbol('SiteRequests');

/** The order of checks of what changes a site. */
@Injectable()
export class SiteWriteOrder extends WriteOrder<SiteParams, SubmitResult> {
  constructor(@Inject(SITE_REQUESTS) private readonly sites: SiteRequests) {
    super();
  }

  protected override check(
    { customer, site }: SiteParams,
    request: CheckedRequest,
  ): Promise<SubmitResult | undefined> {
    return this.sites.check({ customer, site, ...request });
  }

  protected override async read({ customer, site }: SiteParams): Promise<number> {
    return (await this.sites.get(customer, site)).revision;
  }
}
