import { createHash, randomBytes } from 'node:crypto';
import type { ApiKey, ApiKeySpec, CreatedApiKey, Role } from '@app/contracts';
import { newId } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { NotFound } from '../errors.js';

/** Who a request is from. */
export interface AuthenticatedKey {
  id: string;
  name: string;
  role: Role;
  /** The one customer that it may see; null for all. */
  customer: string | null;
}

interface KeyRow extends AuthenticatedKey {
  createdAt: Date;
}

const ADMIN_NAME = 'admin';
const COLUMNS = `k.id, k.name, k.role, c.name as customer, k.created_at as "createdAt"`;
const TABLES = `api_key k left join customer c on c.id = k.customer_id`;

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();
const view = (row: KeyRow): ApiKey => ({ ...row, createdAt: row.createdAt.toISOString() });

/** Keys to the API. Only their hashes are stored: 256 random bits need no salt and no slow hash. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async authenticate(key: string): Promise<AuthenticatedKey | undefined> {
    const [row] = await this.database.rows<AuthenticatedKey>(
      `select k.id, k.name, k.role, c.name as customer from ${TABLES} where k.key_hash = $1 and k.revoked_at is null`,
      [hash(key)],
    );
    return row;
  }

  async create({ name, role, customer }: ApiKeySpec): Promise<CreatedApiKey> {
    const key = `sw_${randomBytes(32).toString('base64url')}`;
    const [row] = await this.database.rows<KeyRow>(
      `with made as (
         insert into api_key (id, name, role, key_hash, customer_id)
         select $1, $2, $3, $4, c.id from (select 1) one
         left join customer c on c.name = $5 and c.deleted_at is null
         where $5::text is null or c.id is not null
         returning *
       )
       select ${COLUMNS} from made k left join customer c on c.id = k.customer_id`,
      [newId(), name, role, hash(key), customer ?? null],
    );
    if (row === undefined) throw new NotFound('customer', String(customer));
    return { ...view(row), key };
  }

  /** @param only the one customer whose keys the caller may see; undefined for all */
  async list(only?: string): Promise<ApiKey[]> {
    const rows = await this.database.rows<KeyRow>(
      `select ${COLUMNS} from ${TABLES}
       where k.revoked_at is null and ($1::text is null or c.name = $1) order by k.id`,
      [only ?? null],
    );
    return rows.map(view);
  }

  async revoke(id: string, only?: string): Promise<void> {
    const revoked = await this.database.rows(
      `update api_key k set revoked_at = now()
       where k.id = $1 and k.revoked_at is null
         and ($2::text is null or k.customer_id = (select id from customer where name = $2 and deleted_at is null))
       returning 1`,
      [id, only ?? null],
    );
    if (revoked.length === 0) throw new NotFound('API key', id);
  }

  /**
   * Makes sure that there is an admin key of all customers: the given one, or a new one when there is none at all.
   * @returns the text of a key that was made, to be shown once
   */
  async ensureAdmin(given: string | undefined): Promise<string | undefined> {
    const made = given ?? `sw_${randomBytes(32).toString('base64url')}`;
    const inserted = await this.database.rows(
      `insert into api_key (id, name, role, key_hash)
       select $1, $2, 'admin', $3
       where $4 or not exists (
         select 1 from api_key where role = 'admin' and customer_id is null and revoked_at is null)
       on conflict (key_hash) do nothing
       returning 1`,
      [newId(), ADMIN_NAME, hash(made), given !== undefined],
    );
    return given === undefined && inserted.length > 0 ? made : undefined;
  }
}
