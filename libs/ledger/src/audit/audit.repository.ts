import type { AuditAction, AuditEntry, Page } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf } from '../cursor.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import type { AuditFilter, AuditQueries } from './audit.js';

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: AuditAction;
  customer: string | null;
  targetType: AuditEntry['target']['type'];
  targetId: string | null;
  details: Record<string, unknown>;
}

const SEQUENCE_PATTERN = /^[0-9]{1,18}$/;

/** Reads what was written down about what operators did. */
@Injectable()
export class AuditRepository implements AuditQueries {
  constructor(private readonly database: Database) {}

  async list(
    filter: AuditFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AuditEntry>> {
    const where = new Conditions()
      .add((p) => `c.name = ${p}`, filter.customer)
      .add((p) => `e.action = ${p}`, filter.action)
      .add((p) => `e.actor = ${p}`, filter.actor)
      .add((p) => `e.at >= ${p}`, filter.since)
      .add((p) => `e.id < ${p}::bigint`, decodeCursor(page.cursor, SEQUENCE_PATTERN));
    const rows = await this.database.rows<AuditRow>(
      `select e.id, e.at, e.actor, e.action, c.name as customer, e.target_type as "targetType",
         e.target_id as "targetId", e.details
       from audit_entry e left join customer c on c.id = e.customer_id
       ${where.sql} order by e.id desc limit ${where.parameter(page.limit + 1)}`,
      where.parameters,
    );
    return pageOf(rows, page.limit, { key: ({ id }) => id, view: viewEntry });
  }
}

const viewEntry = ({ at, customer, targetType, targetId, ...entry }: AuditRow): AuditEntry => ({
  ...entry,
  at: at.toISOString(),
  ...(customer !== null && { customer }),
  target: { type: targetType, ...(targetId !== null && { id: targetId }) },
});
