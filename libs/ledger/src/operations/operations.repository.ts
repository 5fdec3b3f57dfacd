import type { Operation, OperationRun, Page } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { decodeCursor, ID_PATTERN, pageOf } from '../cursor.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import { deviceResults } from '../devices/device-results.js';
import { NotFound } from '../errors.js';
import type { OperationFilter, OperationQueries } from '../resources/site-requests.js';
import { runsOf, type OperationEventRow } from './operation-runs.js';
import { OPERATION_COLUMNS, OPERATION_TABLES, viewOperation, type OperationRow } from './operation-view.js';
import { queuePlace } from './queue-place.js';

/** Reads operations for clients. */
@Injectable()
export class OperationsRepository implements OperationQueries {
  constructor(private readonly database: Database) {}

  /** With what only one at a time shows: the results of its devices, and its place in the queue. */
  async get(id: string, customer: string | undefined): Promise<Operation> {
    const found = await this.getAll([id], customer);
    const operation = found.get(id);
    if (operation === undefined) throw new NotFound('operation', id);
    const results = operation.progress && (await deviceResults(this.database, id));
    const queue = operation.status === 'pending' ? await queuePlace(this.database, id) : undefined;
    return { ...operation, ...(results && { results }), ...(queue && { queue }) };
  }

  /** Several at once, for those who wait for many. Ids that are not there are absent. */
  async getAll(ids: readonly string[], customer: string | undefined): Promise<Map<string, Operation>> {
    const known = ids.filter((id) => ID_PATTERN.test(id));
    const rows = await this.database.rows<OperationRow>(
      `select ${OPERATION_COLUMNS} from ${OPERATION_TABLES}
       where o.id = any($1::uuid[]) and ($2::text is null or c.name = $2)`,
      [known, customer ?? null],
    );
    return new Map(rows.map((row) => [row.id, viewOperation(row)]));
  }

  async follow(id: string, customer: string | undefined): Promise<Operation> {
    const operation = await this.get(id, customer);
    return operation.supersededBy === undefined ? operation : this.follow(operation.supersededBy, customer);
  }

  /** Newest first. */
  async list(
    filter: OperationFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Operation>> {
    // Resolved to ids first, so that the planner walks an index of the operations in the order of the list.
    const where = new Conditions()
      .add(
        (p) => `o.customer_id = (select id from customer where name = ${p} and deleted_at is null)`,
        filter.customer,
      )
      .add((p) => `coalesce(s.name, r.name) = ${p}`, filter.site)
      .add((p) => `o.status = ${p}`, filter.status)
      .add((p) => `o.action = ${p}`, filter.action)
      .add((p) => `o.vendor = ${p}`, filter.vendor)
      .add((p) => `o.created_at >= ${p}`, filter.since)
      .add((p) => `o.id < ${p}::uuid`, decodeCursor(page.cursor, ID_PATTERN));
    const rows = await this.database.rows<OperationRow>(
      `select ${OPERATION_COLUMNS} from ${OPERATION_TABLES}
       ${where.sql} order by o.id desc limit ${where.parameter(page.limit + 1)}`,
      where.parameters,
    );
    return pageOf(rows, page.limit, { key: (row) => row.id, view: viewOperation });
  }

  async runs(id: string, customer: string | undefined): Promise<OperationRun[]> {
    await this.get(id, customer);
    const events = await this.database.rows<OperationEventRow>(
      `select type, data, created_at as "createdAt" from operation_event
       where operation_id = $1 and type <> 'object_applied' order by id`,
      [id],
    );
    return runsOf(events);
  }
}
