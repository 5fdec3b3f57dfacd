import { DataSource } from 'typeorm';
import { ApiKeyEntity } from '../api-keys/api-key.entity.js';
import { AuditEntryEntity } from '../audit/audit-entry.entity.js';
import { VendorBreakerEntity } from '../breakers/vendor-breaker.entity.js';
import { VendorBudgetBlockEntity } from '../budget/vendor-budget-block.entity.js';
import { VendorBudgetUseEntity } from '../budget/vendor-budget-use.entity.js';
import { VendorBudgetWaiterEntity } from '../budget/vendor-budget-waiter.entity.js';
import { VendorBudgetEntity } from '../budget/vendor-budget.entity.js';
import { CustomerEntity } from '../customers/customer.entity.js';
import { VendorAccountEntity } from '../customers/vendor-account.entity.js';
import { DeadLetterEntity } from '../dead-letters/dead-letter.entity.js';
import { DeviceLaneEntity } from '../devices/device-lane.entity.js';
import { OperationItemEntity } from '../devices/operation-item.entity.js';
import { IdempotencyKeyEntity } from '../idempotency/idempotency-key.entity.js';
import { DispatchLaneEntity } from '../operations/dispatch-lane.entity.js';
import { OperationEventEntity } from '../operations/operation-event.entity.js';
import { OperationEntity } from '../operations/operation.entity.js';
import { OutboxEntity } from '../outbox/outbox.entity.js';
import { PlanEntity } from '../plans/plan.entity.js';
import { ResourceRevisionEntity } from '../resources/resource-revision.entity.js';
import { ResourceEntity } from '../resources/resource.entity.js';
import { StateQuarantineEntity } from '../state/state-quarantine.entity.js';
import { StateLockEntity } from '../state/state-lock.entity.js';
import { StateResourceEntity } from '../state/state-resource.entity.js';
import { StateVersionEntity } from '../state/state-version.entity.js';
import { WorkerEntity } from '../workers/worker.entity.js';
import { PreparingClient } from './preparing-client.js';
import { Founding1763683200000 } from './migrations/0001-founding.js';
import { DeadLetters1763769600000 } from './migrations/0002-dead-letters.js';
import { VendorBudget1763800000000 } from './migrations/0003-vendor-budget.js';
import { Devices1763862000000 } from './migrations/0004-devices.js';
import { QueueViews1763866000000 } from './migrations/0005-queue-views.js';
import { Breakers1763869000000 } from './migrations/0006-breakers.js';
import { NoPausedAccounts1763870000000 } from './migrations/0007-no-paused-accounts.js';
import { SILENCE_MS } from './signs-of-life.js';

/** Listed by class rather than by glob: it survives the build and shows up in the dependency graph. */
export const entities = [
  ApiKeyEntity,
  AuditEntryEntity,
  CustomerEntity,
  DeadLetterEntity,
  DeviceLaneEntity,
  DispatchLaneEntity,
  IdempotencyKeyEntity,
  OperationEntity,
  OperationEventEntity,
  OperationItemEntity,
  OutboxEntity,
  PlanEntity,
  ResourceEntity,
  ResourceRevisionEntity,
  StateLockEntity,
  StateQuarantineEntity,
  StateResourceEntity,
  StateVersionEntity,
  VendorAccountEntity,
  VendorBreakerEntity,
  VendorBudgetBlockEntity,
  VendorBudgetEntity,
  VendorBudgetUseEntity,
  VendorBudgetWaiterEntity,
  WorkerEntity,
];

const SESSION = [
  // One plan for each statement, whatever its parameters. Left to itself PostgreSQL plans some statements for every
  // call, which costs more than to run them, and which ones depends on the size of the tables.
  'plan_cache_mode=force_generic_plan',
  // A process that is stopped in the middle of a transaction must not keep its locks: nobody could take over its work.
  `idle_in_transaction_session_timeout=${SILENCE_MS}`,
];

export function createDataSource(url: string, poolSize = 10): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    connectTimeoutMS: 5_000,
    applicationName: 'sitewright',
    entities,
    migrations: [
      Founding1763683200000,
      DeadLetters1763769600000,
      VendorBudget1763800000000,
      Devices1763862000000,
      QueueViews1763866000000,
      Breakers1763869000000,
      NoPausedAccounts1763870000000,
    ],
    migrationsTableName: 'schema_migration',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    extra: {
      keepAlive: true,
      Client: PreparingClient,
      options: SESSION.map((setting) => `-c ${setting}`).join(' '),
    },
  });
}
