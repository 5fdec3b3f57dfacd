import type { Page, Site } from '@app/contracts';
import type { SiteRequests } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from '../http/answer.js';
import { NotYetSupported } from '../http/request-errors.js';
import type { Submission } from '../http/submission.decorator.js';
import { SubmissionAnswers } from '../operations/submission-answers.js';
import { putRequest } from './put-request.js';
import type { MutationQuery, SiteParams } from './site-address.js';
import { validSite } from './site-spec.js';
import { VENDOR_CATALOGUE, type VendorCatalogue } from './vendor-catalogue.js';
import { SITE_REQUESTS, SiteWriteOrder } from './site-write-order.js';

/** Throws `NotYetSupported` when a plan is to be held: nobody could approve it yet. */
export function refuseApproval({ requiresApproval }: MutationQuery): void {
  if (requiresApproval === 'true')
    throw new NotYetSupported('requiresApproval', 'approval is not supported yet');
}

/** What clients do with whole sites. */
@Injectable()
export class SitesService {
  constructor(
    @Inject(SITE_REQUESTS) private readonly sites: SiteRequests,
    @Inject(VENDOR_CATALOGUE) private readonly vendors: VendorCatalogue,
    private readonly order: SiteWriteOrder,
    private readonly answers: SubmissionAnswers,
  ) {}

  async put(
    address: SiteParams,
    body: unknown,
    query: MutationQuery,
    submission: Submission,
  ): Promise<Answer> {
    const validation = await this.order.validate(address, submission, () => {
      refuseApproval(query);
      return validSite(this.vendors, body);
    });
    if ('earlier' in validation) return this.answers.answer(validation.earlier, submission.wait);
    const result = await this.order.write(address, submission, (preconditions) =>
      this.sites.put(putRequest(address, validation.valid, submission, preconditions)),
    );
    return this.answers.answer(result, submission.wait);
  }

  async delete(address: SiteParams, query: MutationQuery, submission: Submission): Promise<Answer> {
    const validation = await this.order.validate(address, submission, () => refuseApproval(query));
    if ('earlier' in validation) return this.answers.answer(validation.earlier, submission.wait);
    const { requester, idempotency } = submission;
    const result = await this.order.write(address, submission, (preconditions) =>
      this.sites.delete({ ...address, requester, idempotency, preconditions }),
    );
    return this.answers.answer(result, submission.wait);
  }

  get({ customer, site }: SiteParams): Promise<Site> {
    return this.sites.get(customer, site);
  }

  list(customer: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Site>> {
    return this.sites.list(customer, page);
  }
}
