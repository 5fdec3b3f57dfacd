import { laneQueues } from '@app/contracts';
import { brokerPublisher, Database, LedgerModule, ledgerOptions } from '@app/ledger';
import { HealthModule, LifecycleModule, MessagingModule } from '@app/runtime';
import { vendors } from '@app/vendors';
import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api.module.js';
import { FIRST_ADMIN_KEY_OPTIONS, FirstAdminKey } from './auth/first-admin-key.js';
import type { GatewayConfig } from './config.js';
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
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({ url: config.AMQP_URL, appId: 'gateway', queues }),
        LedgerModule.forRoot(ledgerOptions(config, brokerPublisher)),
        HealthModule.forRootAsync({
          inject: [Database],
          useFactory: (database: Database) => ({ database: () => database.ping(), brokerAway: 'degraded' }),
        }),
        LifecycleModule,
        LedgerPortsModule.forRoot({ isSandbox: config.SITEWRIGHT_SANDBOX }),
        ApiModule,
      ],
      providers: [
        FirstAdminKey,
        {
          provide: FIRST_ADMIN_KEY_OPTIONS,
          useValue: { given: config.SITEWRIGHT_ADMIN_KEY, show: showAdminKey },
        },
      ],
    };
  }
}
