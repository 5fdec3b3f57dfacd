import { Database, LedgerModule, ledgerOptions } from '@app/ledger';
import { HealthModule, MessagingModule } from '@app/runtime';
import { Module, type DynamicModule } from '@nestjs/common';
import type { DeviceProgrammerConfig } from './config.js';

/** Programs devices by the vendors’ APIs. It has no handler yet, so it subscribes to no queue: what it would take, nobody would do. */
@Module({})
export class AppModule {
  static forRoot(config: DeviceProgrammerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({
          url: config.AMQP_URL,
          appId: 'device-programmer',
          queues: [],
          drainGraceMs: config.DRAIN_GRACE_MS,
        }),
        LedgerModule.forRoot(ledgerOptions(config)),
        HealthModule.forRootAsync({
          inject: [Database],
          useFactory: (database: Database) => ({ database: () => database.ping(), brokerAway: 'down' }),
        }),
      ],
    };
  }
}
