import type { Operation, Page } from '@app/contracts';
import type { OperationQueries } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { OperationsQuery } from './operation-filter.js';

export const OPERATION_QUERIES = Symbol('OperationQueries');

/** Operations as far as the caller may see them. */
@Injectable()
export class OperationsService {
  constructor(
    @Inject(OPERATION_QUERIES) private readonly operations: Pick<OperationQueries, 'get' | 'list'>,
  ) {}

  get(caller: Caller, id: string): Promise<Operation> {
    return this.operations.get(id, caller.customer ?? undefined);
  }

  async list(caller: Caller, query: OperationsQuery): Promise<Page<Operation>> {
    const { limit, cursor, since, ...filter } = query;
    const customer = filter.customer ?? caller.customer ?? undefined;
    // Another customer has no operations, as far as this key can tell.
    if (caller.customer !== null && customer !== caller.customer) return { items: [], nextCursor: null };
    return this.operations.list(
      { ...filter, customer, since: since === undefined ? undefined : new Date(since) },
      { limit, cursor },
    );
  }
}
