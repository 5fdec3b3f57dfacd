import type { ApiKey, ApiKeySpec, CreatedApiKey, Page, PageQuery } from '@app/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Forbidden } from '../auth/errors.js';
import { KeyDirectory } from '../auth/key-directory.js';
import { Answer } from '../http/answer.js';
import { NotFound } from '../http/request-errors.js';

/** Where API keys are kept: their hashes only. */
export interface ApiKeyStore {
  create(spec: ApiKeySpec): Promise<CreatedApiKey>;
  /**
   * All of them, by id.
   * @param onlyCustomer the scope of the caller's key; undefined: all
   */
  list(onlyCustomer?: string): Promise<ApiKey[]>;
  revoke(id: string, onlyCustomer?: string): Promise<void>;
}
export const API_KEY_STORE = Symbol('ApiKeyStore');

/** API keys, as far as the caller's own scope reaches: nobody hands out more than they hold. */
@Injectable()
export class ApiKeysService {
  constructor(
    @Inject(API_KEY_STORE) private readonly keys: ApiKeyStore,
    private readonly directory: KeyDirectory,
  ) {}

  async create(caller: Caller, spec: ApiKeySpec): Promise<Answer> {
    const customer = spec.customer ?? null;
    if (caller.customer !== null && customer === null) {
      throw new Forbidden(`a key of customer ${caller.customer} can only make keys of that customer`);
    }
    if (caller.customer !== null && customer !== caller.customer) throw new NotFound(`customer ${customer}`);
    return new Answer(201, await this.keys.create(spec));
  }

  /** Keys are few: they are read whole, and the cursor is the last id. */
  async list(caller: Caller, { limit, cursor = '' }: PageQuery): Promise<Page<ApiKey>> {
    const all = await this.keys.list(caller.customer ?? undefined);
    const rest = all.filter(({ id }) => id > cursor);
    const items = rest.slice(0, limit);
    return { items, nextCursor: rest.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async revoke(caller: Caller, id: string): Promise<void> {
    await this.keys.revoke(id, caller.customer ?? undefined);
    this.directory.forget();
  }
}
