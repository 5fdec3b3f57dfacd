import type { Operation } from '@app/contracts';
import { Injectable } from '@nestjs/common';
import { recordAudit } from '../audit/record-audit.js';
import { Database } from '../database/database.js';
import { Superseded } from '../errors.js';
import { Outbox } from '../outbox/outbox.js';
import type { OperationCommands, Requester } from '../resources/site-requests.js';
import { lockLane, releaseLane, type DispatchLane } from './dispatch.js';
import { IllegalTransition } from './lifecycle.js';
import { OperationsRepository } from './operations.repository.js';
import { reopen } from './reopen.js';

/** What people ask of an operation that there is already. */
@Injectable()
export class OperationCommandsRepository implements OperationCommands {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsRepository,
    private readonly outbox: Outbox,
  ) {}

  async retry(id: string, requester: Requester, customer: string | undefined): Promise<Operation> {
    const operation = await this.operations.get(id, customer);
    await this.database.transaction(async (tx) => {
      const [held] = await tx.rows<DispatchLane & { resourceId: string }>(
        `select customer_id as "customerId", vendor_account_id as "vendorAccountId", lane, resource_id as "resourceId"
         from operation where id = $1`,
        [id],
      );
      if (held === undefined) return;
      await lockLane(tx, held);
      const outcome = await reopen(tx, { operationId: id, resourceId: held.resourceId, by: requester.name });
      if (outcome === 'superseded') throw new Superseded(id);
      if (outcome === 'not_ended') throw new IllegalTransition(operation.status, 'reopened');
      await tx.rows(
        `update dead_letter set closed_at = clock_timestamp(), resolution = 'replayed', closed_by = $2
         where operation_id = $1 and closed_at is null`,
        [id, requester.name],
      );
      await recordAudit(tx, {
        actor: requester.name,
        action: 'operation.retried',
        customerId: held.customerId,
        target: { type: 'operation', id },
      });
      if ((await releaseLane(tx, held)).length > 0) tx.afterCommit(() => this.outbox.poke());
    });
    return this.operations.get(id, customer);
  }
}
