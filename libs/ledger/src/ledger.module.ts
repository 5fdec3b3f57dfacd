import {
  Module,
  Optional,
  type DynamicModule,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { AuditRepository } from './audit/audit.repository.js';
import { BreakersRepository } from './breakers/breakers.repository.js';
import { VENDOR_BUDGET_SETTINGS, VendorBudget, type VendorBudgetSettings } from './budget/vendor-budget.js';
import { CustomersRepository } from './customers/customers.repository.js';
import { VendorAccountsRepository } from './customers/vendor-accounts.repository.js';
import { createDataSource } from './database/data-source.js';
import { Database } from './database/database.js';
import { DeadLetterDeliveriesRepository } from './dead-letters/dead-letter-deliveries.repository.js';
import { DeadLettersRepository } from './dead-letters/dead-letters.repository.js';
import { DeviceRequestsRepository } from './devices/device-requests.repository.js';
import { DeviceWorkRepository } from './devices/device-work.repository.js';
import { DueReleases } from './operations/due-releases.js';
import { OperationCommandsRepository } from './operations/operation-commands.repository.js';
import { OperationEventsRepository } from './operations/operation-events.repository.js';
import { OperationsRepository } from './operations/operations.repository.js';
import { SiteWorkRepository } from './operations/site-work.repository.js';
import { Sweeper, SWEEPER_SETTINGS, type SweeperSettings } from './operations/sweeper.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { Outbox } from './outbox/outbox.js';
import { SiteRequestsRepository } from './resources/site-requests.repository.js';
import { Sealer } from './sealing/sealer.js';
import { StateRepository } from './state/state.repository.js';
import { VendorLoadRepository } from './vendors/vendor-load.repository.js';
import { WorkersRepository } from './workers/workers.repository.js';

export interface LedgerOptions {
  databaseUrl: string;
  poolSize?: number;
  /** Base64 of 32 bytes each; the first one seals. */
  secretKeys: readonly [string, ...string[]];
  sweeper: SweeperSettings;
  vendorBudget: VendorBudgetSettings;
  /** The provider of MESSAGE_PUBLISHER; a process without one commits outbox rows for others to publish. */
  publisher?: Provider;
}

const repositories = [
  ApiKeysRepository,
  AuditRepository,
  BreakersRepository,
  CustomersRepository,
  Database,
  DeadLetterDeliveriesRepository,
  DeadLettersRepository,
  DeviceRequestsRepository,
  DeviceWorkRepository,
  DueReleases,
  OperationCommandsRepository,
  OperationEventsRepository,
  OperationsRepository,
  Outbox,
  SiteRequestsRepository,
  SiteWorkRepository,
  StateRepository,
  Sweeper,
  VendorAccountsRepository,
  VendorBudget,
  VendorLoadRepository,
  WorkersRepository,
];

/** The database as the apps see it: repositories, the sweeper, and the relay of what was committed. */
@Module({})
export class LedgerModule implements OnApplicationShutdown {
  constructor(
    private readonly database: Database,
    private readonly sweeper: Sweeper,
    private readonly budget: VendorBudget,
    @Optional() private readonly relay?: OutboxRelay,
  ) {}

  static forRoot(options: LedgerOptions): DynamicModule {
    const relay = options.publisher === undefined ? [] : [options.publisher, OutboxRelay];
    return {
      module: LedgerModule,
      global: true,
      providers: [
        { provide: DataSource, useFactory: () => createDataSource(options.databaseUrl, options.poolSize) },
        { provide: Sealer, useFactory: () => new Sealer(options.secretKeys) },
        { provide: SWEEPER_SETTINGS, useValue: options.sweeper },
        { provide: VENDOR_BUDGET_SETTINGS, useValue: options.vendorBudget },
        ...repositories,
        ...relay,
      ],
      exports: repositories,
    };
  }

  /** What uses the database ends before it closes. */
  async onApplicationShutdown(): Promise<void> {
    await this.sweeper.stop();
    await this.relay?.stop();
    await this.budget.flush();
    await this.database.close();
  }
}
