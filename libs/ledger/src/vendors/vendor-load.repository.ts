import type { LaneLoad, Page } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf } from '../cursor.js';
import { Conditions } from '../database/conditions.js';
import { Database } from '../database/database.js';
import type { AccountLoad, VendorLoadFilter, VendorLoadQueries } from './vendor-load.js';

interface AccountRow extends Omit<AccountLoad, 'lanes'> {
  customerId: string;
  lanes: LaneLoad[] | null;
}

const ACCOUNT_PATTERN = /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/;

/** Counts of the operations `o` of one lane. Only operations that have not ended are looked at. */
const LOAD = `
  o.lane, count(*) filter (where o.status <> 'in_progress' and o.released_at is null)::int as pending,
  count(*) filter (where o.status <> 'in_progress' and o.released_at is not null)::int as released,
  count(*) filter (where o.status = 'in_progress')::int as "inProgress",
  floor(extract(epoch from clock_timestamp() - min(o.created_at) filter (where o.status <> 'in_progress')))::int
    as "oldestSeconds"`;

/** The same conditions as the indexes': one of what waits, one of what is under way. */
const WAITS = `o.status = 'pending' and o.released_at is null`;
const IN_FLIGHT = `(o.status = 'in_progress' or (o.status = 'pending' and o.released_at is not null))`;

/** Counts the work that waits, for those who watch. */
@Injectable()
export class VendorLoadRepository implements VendorLoadQueries {
  constructor(private readonly database: Database) {}

  async accounts(
    { customer, vendor }: VendorLoadFilter,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<Page<AccountLoad>> {
    const after = decodeCursor(page.cursor, ACCOUNT_PATTERN)?.split('/');
    const where = new Conditions()
      .require('c.deleted_at is null')
      .add((p) => `c.name = ${p}`, customer)
      .add((p) => `a.vendor = ${p}`, vendor);
    if (after !== undefined) {
      const [name, of] = after.map((part) => where.parameter(part));
      where.require(`(c.name, a.vendor) > (${name}, ${of})`);
    }
    const rows = await this.database.rows<AccountRow>(
      `select page.*, (
         select json_agg(load order by load.lane) from (
           select ${LOAD} from (
             select lane, status, released_at, created_at from operation o
             where o.customer_id = page."customerId" and o.vendor_account_id = page.id and ${WAITS}
             union all
             select lane, status, released_at, created_at from operation o
             where o.customer_id = page."customerId" and o.vendor_account_id = page.id and ${IN_FLIGHT}
           ) as o group by o.lane
         ) as load
       ) as lanes
       from (
         select a.id, a.customer_id as "customerId", c.name as customer, a.vendor, a.account_id as "accountId",
           a.base_url as "baseUrl"
         from customer c join vendor_account a on a.customer_id = c.id
         ${where.sql} order by c.name, a.vendor limit ${where.parameter(page.limit + 1)}
       ) as page order by page.customer, page.vendor`,
      where.parameters,
    );
    return pageOf(rows, page.limit, {
      key: (row) => `${row.customer}/${row.vendor}`,
      view: ({ lanes, customerId: _customerId, ...row }) => ({ ...row, lanes: lanes ?? [] }),
    });
  }

  async totals({ customer, vendor }: VendorLoadFilter): Promise<ReadonlyMap<string, LaneLoad[]>> {
    const where = new Conditions()
      .require(`o.status in ('pending', 'in_progress')`)
      .add(
        (p) => `o.customer_id = (select id from customer where name = ${p} and deleted_at is null)`,
        customer,
      )
      .add((p) => `o.vendor = ${p}`, vendor);
    const rows = await this.database.rows<LaneLoad & { vendor: string }>(
      `select o.vendor, ${LOAD} from operation o ${where.sql} group by o.vendor, o.lane order by o.vendor, o.lane`,
      where.parameters,
    );
    const byVendor = Map.groupBy(rows, (row) => row.vendor);
    return new Map(
      [...byVendor].map(([id, loads]) => [id, loads.map(({ vendor: _vendor, ...load }) => load)]),
    );
  }
}
