export { ApiKeysRepository, type AuthenticatedKey } from './api-keys/api-keys.repository.js';
export { CustomersRepository } from './customers/customers.repository.js';
export { VendorAccountsRepository } from './customers/vendor-accounts.repository.js';
export type * from './audit/audit.js';
export type * from './dead-letters/dead-letters.js';
export type * from './workers/workers.js';
export { createDataSource } from './database/data-source.js';
export { DatabaseUnavailable } from './database/database-unavailable.js';
export { Database, type Sql, type Transaction } from './database/database.js';
export { migrate } from './database/migrate.js';
export * from './errors.js';
export { LedgerEnv, ledgerOptions } from './ledger-env.js';
export { LedgerModule, type LedgerOptions } from './ledger.module.js';
export type * from './operations/claim.js';
export { OperationsRepository } from './operations/operations.repository.js';
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
