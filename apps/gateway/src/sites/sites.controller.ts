import { PageQuery, type Page, type Site } from '@app/contracts';
import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { revisionTag } from '../http/preconditions.js';
import { CurrentSubmission, type Submission } from '../http/submission.decorator.js';
import { mutationAnswers, mutationProblems } from '../openapi/mutation.js';
import { CustomerParams, MutationQuery, SiteParams } from './site-address.js';
import { SitesService } from './sites.service.js';

@ApiTags('sites')
@Controller('v1/customers/:customer/sites')
export class SitesController {
  constructor(private readonly sites: SitesService) {}

  @Get()
  @Endpoint({
    summary: 'List the sites of a customer, by name',
    role: 'viewer',
    query: PageQuery,
    answers: { 200: { description: 'A page of sites.', schema: 'SitePage' } },
    problems: ['NOT_FOUND'],
  })
  list(
    @Param({ schema: CustomerParams }) { customer }: CustomerParams,
    @Query({ schema: PageQuery }) page: PageQuery,
  ): Promise<Page<Site>> {
    return this.sites.list(customer, page);
  }

  @Get(':site')
  @Endpoint({
    summary: 'Read a site',
    role: 'viewer',
    answers: {
      200: { description: 'The site; its secrets are shown as null.', schema: 'Site', headers: ['ETag'] },
    },
    problems: ['NOT_FOUND'],
  })
  async get(@Param({ schema: SiteParams }) address: SiteParams): Promise<Answer> {
    const site = await this.sites.get(address);
    return new Answer(200, site, { ETag: revisionTag(site.revision) });
  }

  @Put(':site')
  @Endpoint({
    summary: 'Create a site, or replace what is wanted of it',
    description:
      'A write-only field that is absent or null keeps its stored value. The vendor of a site is fixed. ' +
      'Asking for what is there already changes nothing and answers 200 with `changed: false`.',
    role: 'operator',
    query: MutationQuery,
    headers: ['Idempotency-Key', 'Prefer', 'If-Match', 'If-None-Match'],
    body: 'SiteSpec',
    answers: mutationAnswers,
    problems: [...mutationProblems, 'UNSUPPORTED_VENDOR', 'VENDOR_ACCOUNT_MISSING', 'SITE_DELETING'],
  })
  put(
    @Param({ schema: SiteParams }) address: SiteParams,
    @Body() body: unknown,
    @Query({ schema: MutationQuery }) query: MutationQuery,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.sites.put(address, body, query, submission);
  }

  @Delete(':site')
  @Endpoint({
    summary: 'Delete a site',
    description: 'While it is being deleted, answers with the operation that deletes it.',
    role: 'operator',
    query: MutationQuery,
    headers: ['Idempotency-Key', 'Prefer', 'If-Match'],
    answers: mutationAnswers,
    problems: mutationProblems,
  })
  delete(
    @Param({ schema: SiteParams }) address: SiteParams,
    @Query({ schema: MutationQuery }) query: MutationQuery,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.sites.delete(address, query, submission);
  }
}
