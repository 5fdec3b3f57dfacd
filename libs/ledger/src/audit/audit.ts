import type { AuditAction, AuditEntry, Page } from '@app/contracts';

export interface AuditFilter {
  customer?: string | undefined;
  action?: AuditAction | undefined;
  actor?: string | undefined;
  since?: Date | undefined;
}

export interface AuditQueries {
  /** Newest first. */
  list(filter: AuditFilter, page: { limit: number; cursor?: string | undefined }): Promise<Page<AuditEntry>>;
}
