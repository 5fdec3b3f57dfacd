import type { AuditAction } from '@app/contracts';
import type { Sql } from '../database/database.js';

export interface AuditRecord {
  actor: string;
  action: AuditAction;
  /** null: it concerns no single customer. */
  customerId: string | null;
  target: { type: 'dead_letter' | 'operation' | 'filter'; id?: string };
  details?: Record<string, unknown>;
}

/** Writes down who did what, in the transaction that does it. */
export async function recordAudit(
  sql: Sql,
  { actor, action, customerId, target, details = {} }: AuditRecord,
): Promise<void> {
  await sql.rows(
    `insert into audit_entry (customer_id, actor, action, target_type, target_id, details)
     values ($1, $2, $3, $4, $5, $6)`,
    [customerId, actor, action, target.type, target.id ?? null, JSON.stringify(details)],
  );
}
