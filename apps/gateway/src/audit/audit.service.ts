import type { AuditEntry, Page } from '@app/contracts';
import type { AuditQueries } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import { isOutOfScope, type Caller } from '../auth/caller.js';
import type { AuditQuery } from './audit-query.js';

export const AUDIT_QUERIES = Symbol('AuditQueries');

/** The audit as far as the caller may see it. */
@Injectable()
export class AuditService {
  constructor(@Inject(AUDIT_QUERIES) private readonly audit: AuditQueries) {}

  async list(caller: Caller, query: AuditQuery): Promise<Page<AuditEntry>> {
    const { limit, cursor, since, ...filter } = query;
    if (isOutOfScope(caller, filter.customer)) return { items: [], nextCursor: null };
    return this.audit.list(
      {
        ...filter,
        customer: filter.customer ?? caller.customer ?? undefined,
        since: since === undefined ? undefined : new Date(since),
      },
      { limit, cursor },
    );
  }
}
