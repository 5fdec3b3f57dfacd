import { Database, LedgerModule, ledgerOptions } from '@app/ledger';
import { HealthModule, MessagingModule } from '@app/runtime';
import { Module, type DynamicModule } from '@nestjs/common';
import type { DriftScannerConfig } from './config.js';

/** Finds drift on a schedule and asks for it to be mended. It looks for none yet: it is there, connected and healthy. */
@Module({})
export class AppModule {
  static forRoot(config: DriftScannerConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRoot({
          url: config.AMQP_URL,
          appId: 'drift-scanner',
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
