import type { Customer, Page } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { decodeCursor, NAME_PATTERN, pageOf } from '../cursor.js';
import { Database } from '../database/database.js';
import { HasResources, NotFound } from '../errors.js';

interface CustomerRow {
  name: string;
  displayName: string;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = `name, display_name as "displayName", created_at as "createdAt", updated_at as "updatedAt"`;

const view = (row: CustomerRow): Customer => ({
  name: row.name,
  displayName: row.displayName,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** The operator's customers. */
@Injectable()
export class CustomersRepository {
  constructor(private readonly database: Database) {}

  async put(
    name: string,
    { displayName }: { displayName: string },
  ): Promise<{ customer: Customer; isNew: boolean }> {
    const [row] = await this.database.rows<CustomerRow & { isNew: boolean }>(
      `insert into customer (id, name, display_name) values ($1, $2, $3)
       on conflict (name) where deleted_at is null do update set display_name = excluded.display_name,
         updated_at = case when customer.display_name = excluded.display_name then customer.updated_at else now() end
       returning ${COLUMNS}, (xmax = 0) as "isNew"`,
      [newId(), name, displayName],
    );
    if (row === undefined) throw new NotFound('customer', name);
    return { customer: view(row), isNew: row.isNew };
  }

  async get(name: string): Promise<Customer> {
    const [row] = await this.database.rows<CustomerRow>(
      `select ${COLUMNS} from customer where name = $1 and deleted_at is null`,
      [name],
    );
    if (row === undefined) throw new NotFound('customer', name);
    return view(row);
  }

  /** Its history stays; its accounts' credentials and its API keys go. @throws HasResources */
  async delete(name: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      // Locked against requests that are creating a resource at this moment: they share-lock the customer.
      const [customer] = await tx.rows<{ id: string }>(
        `select id from customer where name = $1 and deleted_at is null for update`,
        [name],
      );
      if (customer === undefined) throw new NotFound('customer', name);
      const resources = await tx.rows(
        `select 1 from resource where customer_id = $1 and deleted_at is null limit 1`,
        [customer.id],
      );
      if (resources.length > 0) throw new HasResources('customer', name);
      await tx.rows(
        `with accounts as (delete from vendor_account where customer_id = $1),
           keys as (update api_key set revoked_at = now() where customer_id = $1 and revoked_at is null)
         update customer set deleted_at = now() where id = $1`,
        [customer.id],
      );
    });
  }

  /** @param only the one customer that the caller may see; undefined for all */
  async list(page: { limit: number; cursor?: string | undefined }, only?: string): Promise<Page<Customer>> {
    const after = decodeCursor(page.cursor, NAME_PATTERN);
    const rows = await this.database.rows<CustomerRow>(
      `select ${COLUMNS} from customer
       where deleted_at is null and name > $1 and ($2::text is null or name = $2) order by name limit $3`,
      [after ?? '', only ?? null, page.limit + 1],
    );
    return pageOf(rows, page.limit, { key: (row) => row.name, view });
  }
}
