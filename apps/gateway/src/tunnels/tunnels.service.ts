import type { Site } from '@app/contracts';
import type { PutSite, SiteRequests, SubmitResult } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { Answer } from '../http/answer.js';
import { assertConditions } from '../http/preconditions.js';
import { NotFound, PreconditionFailed, UnsupportedForVendor } from '../http/request-errors.js';
import type { Submission } from '../http/submission.decorator.js';
import { SubmissionAnswers } from '../operations/submission-answers.js';
import { putRequest } from '../sites/put-request.js';
import type { MutationQuery, TunnelParams } from '../sites/site-address.js';
import { knownVendor } from '../sites/site-spec.js';
import { refuseApproval } from '../sites/sites.service.js';
import { VENDOR_CATALOGUE, type VendorCatalogue } from '../sites/vendor-catalogue.js';
import { SITE_REQUESTS, SiteWriteOrder } from '../sites/site-write-order.js';
import { hasTunnel, namedByTunnel, withoutTunnel, withTunnel } from './tunnel-edit.js';

/** Edits one tunnel of a site: a new revision of the site as it stands. */
@Injectable()
export class TunnelsService {
  constructor(
    @Inject(SITE_REQUESTS) private readonly sites: SiteRequests,
    @Inject(VENDOR_CATALOGUE) private readonly vendors: VendorCatalogue,
    private readonly order: SiteWriteOrder,
    private readonly answers: SubmissionAnswers,
  ) {}

  put(address: TunnelParams, body: unknown, query: MutationQuery, submission: Submission): Promise<Answer> {
    return this.edit(address, submission, (site) => {
      if (submission.conditions.mustNotExist && hasTunnel(site, address.tunnel)) {
        throw new PreconditionFailed(`tunnel ${address.tunnel} exists already`);
      }
      refuseApproval(query);
      const vendor = knownVendor(this.vendors, site.vendor);
      const { spec, index } = withTunnel(vendor, site, address.tunnel, body);
      const preconditions = { ifRevision: site.revision };
      return namedByTunnel(putRequest(address, { vendor, spec }, submission, preconditions), index);
    });
  }

  delete(address: TunnelParams, query: MutationQuery, submission: Submission): Promise<Answer> {
    return this.edit(address, submission, (site) => {
      refuseApproval(query);
      const vendor = knownVendor(this.vendors, site.vendor);
      if (vendor.site.tunnel === undefined) throw new UnsupportedForVendor(vendor.id, 'tunnels');
      if (!hasTunnel(site, address.tunnel)) throw new NotFound(`tunnel ${address.tunnel}`);
      const spec = withoutTunnel(vendor, site, address.tunnel);
      return putRequest(address, { vendor, spec }, submission, { ifRevision: site.revision });
    });
  }

  /** The site is read before it is written, so a known idempotency key must be answered before that. */
  private async edit(
    address: TunnelParams,
    submission: Submission,
    request: (site: Site) => PutSite,
  ): Promise<Answer> {
    const result =
      (await this.order.earlier(address, submission)) ??
      (await this.order.untilFirst(() => this.editOnce(address, submission, request)));
    return this.answers.answer(result, submission.wait);
  }

  private async editOnce(
    { customer, site: name }: TunnelParams,
    { conditions }: Submission,
    request: (site: Site) => PutSite,
  ): Promise<SubmitResult> {
    const site = await this.sites.get(customer, name);
    assertConditions({ ...conditions, mustNotExist: false }, site.revision);
    return this.sites.put(request(site));
  }
}
