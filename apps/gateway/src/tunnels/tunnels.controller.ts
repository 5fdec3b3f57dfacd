import { Body, Controller, Delete, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { CurrentSubmission, type Submission } from '../http/submission.decorator.js';
import { mutationAnswers, mutationProblems } from '../openapi/mutation.js';
import { MutationQuery, TunnelParams } from '../sites/site-address.js';
import { TunnelsService } from './tunnels.service.js';

@ApiTags('tunnels')
@Controller('v1/customers/:customer/sites/:site/tunnels/:tunnel')
export class TunnelsController {
  constructor(private readonly tunnels: TunnelsService) {}

  @Put()
  @Endpoint({
    summary: 'Add a tunnel to a site, or replace it',
    description:
      'A new revision of the site. A write-only field that is absent or null keeps its stored value. ' +
      '`If-Match` is the revision of the site; `If-None-Match: *` asks that the tunnel be new.',
    role: 'operator',
    query: MutationQuery,
    headers: ['Idempotency-Key', 'Prefer', 'If-Match', 'If-None-Match'],
    body: 'TunnelEdit',
    answers: mutationAnswers,
    problems: [...mutationProblems, 'SITE_DELETING'],
  })
  put(
    @Param({ schema: TunnelParams }) address: TunnelParams,
    @Body() body: unknown,
    @Query({ schema: MutationQuery }) query: MutationQuery,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.tunnels.put(address, body, query, submission);
  }

  @Delete()
  @Endpoint({
    summary: 'Take a tunnel out of a site',
    description: 'A new revision of the site. `If-Match` is the revision of the site.',
    role: 'operator',
    query: MutationQuery,
    headers: ['Idempotency-Key', 'Prefer', 'If-Match'],
    answers: mutationAnswers,
    problems: [...mutationProblems, 'SITE_DELETING'],
  })
  delete(
    @Param({ schema: TunnelParams }) address: TunnelParams,
    @Query({ schema: MutationQuery }) query: MutationQuery,
    @CurrentSubmission() submission: Submission,
  ): Promise<Answer> {
    return this.tunnels.delete(address, query, submission);
  }
}
