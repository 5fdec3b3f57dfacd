import { laneQueues, workQueue } from '@app/contracts';
import {
  breakerDetail,
  BreakersRepository,
  brokerPublisher,
  Database,
  DeadLetterDeliveriesRepository,
  LedgerModule,
  ledgerOptions,
} from '@app/ledger';
import { Broker, HealthModule, LifecycleModule, MessagingModule } from '@app/runtime';
import { vendors } from '@app/vendors';
import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api.module.js';
import { FIRST_ADMIN_KEY_OPTIONS, FirstAdminKey } from './auth/first-admin-key.js';
import type { GatewayConfig } from './config.js';
import { DeadQueueJanitor } from './dead-letters/dead-queue-janitor.js';
import { LedgerPortsModule } from './ledger-ports.module.js';

/** Shown on the terminal and nowhere else: logs are kept, and a key must not be. */
const showAdminKey = (key: string): void => {
  process.stdout.write(`Admin API key, shown this once: ${key}\n`);
};

/** The gateway: the REST API over the ledger, and the relay of what the ledger commits. */
@Module({})
export class AppModule {
  static forRoot(config: GatewayConfig): DynamicModule {
    const queues = [...vendors.values()].flatMap(({ id, lanes }) =>
      lanes.flatMap((lane) => laneQueues(id, lane)),
    );
    const workQueues = [...vendors.values()].flatMap(({ id, lanes }) =>
      lanes.map((lane) => workQueue(id, lane)),
    );
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.AMQP_URL, appId: 'gateway', queues }),
        LedgerModule.forRoot(ledgerOptions(config, brokerPublisher)),
        HealthModule.forRootAsync({
          inject: [Database, BreakersRepository],
          useFactory: (database: Database, breakers: BreakersRepository) => ({
            database: () => database.ping(),
            brokerAway: 'degraded',
            details: { breakers: breakerDetail(breakers) },
          }),
        }),
        LifecycleModule,
        LedgerPortsModule.forRoot({
          isSandbox: config.SITEWRIGHT_SANDBOX,
          defaultBaseUrls: config.defaultBaseUrls,
        }),
        ApiModule,
      ],
      providers: [
        {
          provide: DeadQueueJanitor,
          inject: [Broker, DeadLetterDeliveriesRepository],
          useFactory: (broker: Broker, deadLetters: DeadLetterDeliveriesRepository) =>
            new DeadQueueJanitor({ broker, deadLetters, workQueues }),
        },
        FirstAdminKey,
        {
          provide: FIRST_ADMIN_KEY_OPTIONS,
          useValue: { given: config.SITEWRIGHT_ADMIN_KEY, show: showAdminKey },
        },
      ],
    };
  }
}
