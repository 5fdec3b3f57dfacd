import type { VendorAccount } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { HasResources, NotFound } from '../errors.js';
import { sealContext, Sealer } from '../sealing/sealer.js';

interface AccountRow {
  vendor: string;
  accountId: string;
  baseUrl: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = `a.vendor, a.account_id as "accountId", a.base_url as "baseUrl", a.created_at as "createdAt",
  a.updated_at as "updatedAt"`;

const view = (row: AccountRow): VendorAccount => ({
  ...row,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});

/** Customers' accounts at vendors. Credentials go in sealed and come out only with a claim. */
@Injectable()
export class VendorAccountsRepository {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {}

  async put(
    customer: string,
    vendor: string,
    account: { accountId: string; baseUrl: string | null; credentials: Record<string, string> },
  ): Promise<{ account: VendorAccount; isNew: boolean }> {
    return this.database.transaction(async (tx) => {
      // The customer's lock also makes two simultaneous PUTs agree on the account's id, which the seal is bound to.
      const [owner] = await tx.rows<{ customerId: string; id: string | null }>(
        `select c.id as "customerId",
           (select a.id from vendor_account a where a.customer_id = c.id and a.vendor = $2) as id
         from customer c where c.name = $1 and c.deleted_at is null for update of c`,
        [customer, vendor],
      );
      if (owner === undefined) throw new NotFound('customer', customer);
      const id = owner.id ?? newId();
      const [row] = await tx.rows<AccountRow>(
        `insert into vendor_account as a (id, customer_id, vendor, account_id, base_url, credentials)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (customer_id, vendor) do update set account_id = excluded.account_id,
           base_url = excluded.base_url, credentials = excluded.credentials, updated_at = now()
         returning ${COLUMNS}`,
        [
          id,
          owner.customerId,
          vendor,
          account.accountId,
          account.baseUrl,
          this.sealer.sealRecord(account.credentials, sealContext.credentials(id)),
        ],
      );
      if (row === undefined) throw new NotFound('vendor account', vendor);
      return { account: view(row), isNew: owner.id === null };
    });
  }

  async get(customer: string, vendor: string): Promise<VendorAccount> {
    const [row] = await this.database.rows<AccountRow>(
      `select ${COLUMNS} from vendor_account a join customer c on c.id = a.customer_id
       where c.name = $1 and c.deleted_at is null and a.vendor = $2`,
      [customer, vendor],
    );
    if (row === undefined) throw new NotFound('vendor account', vendor);
    return view(row);
  }

  /** @throws HasResources */
  async delete(customer: string, vendor: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [account] = await tx.rows<{ id: string }>(
        `select a.id from vendor_account a join customer c on c.id = a.customer_id
         where c.name = $1 and c.deleted_at is null and a.vendor = $2 for update`,
        [customer, vendor],
      );
      if (account === undefined) throw new NotFound('vendor account', vendor);
      const resources = await tx.rows(
        `select 1 from resource where vendor_account_id = $1 and deleted_at is null limit 1`,
        [account.id],
      );
      if (resources.length > 0) throw new HasResources('vendor account', vendor);
      await tx.rows(`delete from vendor_account where id = $1`, [account.id]);
    });
  }
}
