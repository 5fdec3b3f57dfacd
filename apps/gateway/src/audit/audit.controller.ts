import type { AuditEntry, Page } from '@app/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { AuditQuery } from './audit-query.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Endpoint({
    summary: 'List what operators did, newest first',
    description: 'A key that is scoped to one customer sees what concerns that customer alone.',
    role: 'admin',
    query: AuditQuery,
    answers: { 200: { description: 'A page of the audit.', schema: 'AuditPage' } },
  })
  list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: AuditQuery }) query: AuditQuery,
  ): Promise<Page<AuditEntry>> {
    return this.audit.list(caller, query);
  }
}
