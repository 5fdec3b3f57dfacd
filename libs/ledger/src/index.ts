export { ApiKeysRepository, type AuthenticatedKey } from './api-keys/api-keys.repository.js';
export { CustomersRepository } from './customers/customers.repository.js';
export { budgetOf, vendorConnection, type VendorAccess } from './customers/vendor-connection.js';
export { VendorAccountsRepository } from './customers/vendor-accounts.repository.js';
export type * from './breakers/breakers.js';
export { BreakersRepository } from './breakers/breakers.repository.js';
export { VendorBreakers, type BreakerSettings, type CallsMade } from './breakers/vendor-breakers.js';
export { VendorPaused } from './breakers/vendor-paused.js';
export type * from './budget/budget.js';
export { OutOfBudget } from './budget/out-of-budget.js';
export { VendorBudget, type VendorBudgetSettings } from './budget/vendor-budget.js';
export type * from './audit/audit.js';
export { AuditRepository } from './audit/audit.repository.js';
export { DeadLetterDeliveriesRepository } from './dead-letters/dead-letter-deliveries.repository.js';
export type * from './dead-letters/dead-letters.js';
export { recordRejected, unlessReplayed } from './dead-letters/consuming.js';
export { DeadLettersRepository } from './dead-letters/dead-letters.repository.js';
export { DeviceRequestsRepository } from './devices/device-requests.repository.js';
export type * from './devices/device-requests.js';
export { DeviceWorkRepository } from './devices/device-work.repository.js';
export type * from './devices/device-work.js';
export { createDataSource } from './database/data-source.js';
export { DatabaseUnavailable } from './database/database-unavailable.js';
export { Database, type Sql, type Transaction } from './database/database.js';
export { migrate } from './database/migrate.js';
export * from './errors.js';
export { breakerSettings, LedgerEnv, ledgerOptions, retryLadder, WorkerEnv } from './ledger-env.js';
export { LedgerModule, type LedgerOptions } from './ledger.module.js';
export type * from './operations/claim.js';
export { failureVerdict, type FailureVerdict, type RetryLadder } from './operations/failure-policy.js';
export { IllegalTransition } from './operations/lifecycle.js';
export { OperationCommandsRepository } from './operations/operation-commands.repository.js';
export type * from './operations/operation-events.js';
export { OperationEventsRepository } from './operations/operation-events.repository.js';
export { OperationsRepository } from './operations/operations.repository.js';
export { verdictOf, type FailedRun, type Verdict } from './operations/run-verdict.js';
export { VendorCallFailed } from './operations/vendor-call-failed.js';
export { SiteWorkRepository } from './operations/site-work.repository.js';
export { Sweeper, type SweeperSettings } from './operations/sweeper.js';
export { brokerPublisher } from './outbox/broker-publisher.js';
export {
  MESSAGE_PUBLISHER,
  OutboxRelay,
  type MessagePublisher,
  type OutgoingMessage,
} from './outbox/outbox-relay.js';
export { Outbox } from './outbox/outbox.js';
export type * from './resources/site-requests.js';
export { SiteRequestsRepository } from './resources/site-requests.repository.js';
export { Sealer, sealContext } from './sealing/sealer.js';
export { StateConflict, StateFenced, StateLockLost } from './state/state-errors.js';
export type { StateLockHolder, StateResource, StateStore } from './state/state-store.js';
export { StateRepository } from './state/state.repository.js';
export type * from './vendors/vendor-load.js';
export { VendorLoadRepository } from './vendors/vendor-load.repository.js';
export { isLeaseLost, RunInterrupted, RunLease, wasStopped, type StopReason } from './workers/run-lease.js';
export { WorkerRegistration, type WorkerSelf } from './workers/worker-registration.js';
export type * from './workers/workers.js';
export { WorkersRepository } from './workers/workers.repository.js';
