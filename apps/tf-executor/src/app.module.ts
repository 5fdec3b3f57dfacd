import { laneQueues, SITE_CONVERGE, workQueue } from '@app/contracts';
import {
  breakerDetail,
  breakerSettings,
  BreakersRepository,
  brokerPublisher,
  Database,
  DeadLetterDeliveriesRepository,
  LedgerModule,
  ledgerOptions,
  recordRejected,
  retryLadder,
  SiteWorkRepository,
  StateRepository,
  VendorBreakers,
  VendorBudget,
  WorkerRegistration,
  WorkersRepository,
} from '@app/ledger';
import { AmqpServer, HealthModule, LifecycleModule, MessagingModule } from '@app/runtime';
import { isTerraformVendor, vendors } from '@app/vendors';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import type { ExecutorConfig } from './config.js';
import { MeteringProxy } from './metering/metering-proxy.js';
import {
  CALL_BUDGET,
  SITE_RUN_SETTINGS,
  SITE_WORK,
  STATE_STORE,
  type SiteRunSettings,
} from './sites/site-run-settings.js';
import { SiteRunsService } from './sites/site-runs.service.js';
import { SitesConsumer } from './sites/sites.consumer.js';
import { Workbench } from './terraform/workbench.js';
import { WORKBENCH_LIFECYCLE_OPTIONS, WorkbenchLifecycle } from './workbench.lifecycle.js';

/** Between Terraform's SIGKILL and giving up on a run: its folder is removed, its end is recorded. */
const RECORDING_MARGIN_MS = 30_000;

/** The executor: consumes site work, runs Terraform for it, serves Terraform its state. */
@Module({})
export class AppModule {
  static forRoot(config: ExecutorConfig): DynamicModule {
    const siteVendors = [...vendors.values()].filter(isTerraformVendor);
    const logger = new Logger(Workbench.name);
    const settings: SiteRunSettings = {
      workerId: config.workerId,
      leaseMs: config.LEASE_MS,
      heartbeatMs: config.HEARTBEAT_MS,
      deadlineMs: config.RUN_DEADLINE_MS,
      ladder: retryLadder(config),
      access: { defaultBaseUrls: config.defaultBaseUrls, clockScale: config.SITEWRIGHT_CLOCK_SCALE },
      random: Math.random,
    };
    return {
      module: AppModule,
      imports: [
        MessagingModule.forRootAsync({
          inject: [DeadLetterDeliveriesRepository],
          useFactory: (deadLetters: DeadLetterDeliveriesRepository) => ({
            url: config.AMQP_URL,
            appId: 'tf-executor',
            // All lanes: what a run releases may be for any of them.
            queues: [...vendors.values()].flatMap(({ id, lanes }) =>
              lanes.flatMap((lane) => laneQueues(id, lane)),
            ),
            subscriptions: siteVendors.map(({ id }) => ({
              queue: workQueue(id, 'site'),
              patterns: [SITE_CONVERGE],
              slots: config.CONSUMER_SLOTS,
            })),
            drainGraceMs: config.DRAIN_GRACE_MS,
            interruptLimitMs: config.TERMINATION_GRACE_MS + RECORDING_MARGIN_MS,
            rejected: recordRejected(deadLetters),
          }),
        }),
        LedgerModule.forRoot(ledgerOptions(config, brokerPublisher)),
        HealthModule.forRootAsync({
          inject: [Database, BreakersRepository],
          useFactory: (database: Database, breakers: BreakersRepository) => ({
            database: () => database.ping(),
            brokerAway: 'down',
            details: { breakers: breakerDetail(breakers) },
          }),
        }),
        LifecycleModule,
      ],
      controllers: [SitesConsumer],
      providers: [
        { provide: SITE_WORK, useExisting: SiteWorkRepository },
        { provide: STATE_STORE, useExisting: StateRepository },
        {
          provide: VendorBreakers,
          inject: [BreakersRepository],
          useFactory: (store: BreakersRepository) => new VendorBreakers(store, breakerSettings(config)),
        },
        { provide: CALL_BUDGET, useExisting: VendorBudget },
        {
          provide: MeteringProxy,
          useFactory: () => new MeteringProxy({ environment: config.inherited }),
        },
        {
          provide: WorkerRegistration,
          inject: [WorkersRepository, AmqpServer],
          useFactory: (workers: WorkersRepository, server: AmqpServer) =>
            new WorkerRegistration(workers, {
              id: config.workerId,
              app: 'tf-executor',
              load: () => server.load,
            }),
        },
        { provide: SITE_RUN_SETTINGS, useValue: settings },
        {
          provide: Workbench,
          inject: [StateRepository],
          useFactory: (store: StateRepository) =>
            new Workbench({
              binary: config.TERRAFORM_BIN,
              providerMirror: config.TERRAFORM_PROVIDER_MIRROR,
              lockFile: config.TERRAFORM_LOCK_FILE,
              workDirectory: config.WORK_DIRECTORY,
              inherited: config.inherited,
              hasWarmProviders: config.WARM_PROVIDERS,
              providerMaxRuns: config.PROVIDER_MAX_RUNS,
              leaseMs: config.LEASE_MS,
              heartbeatMs: config.HEARTBEAT_MS,
              graceMs: config.TERMINATION_GRACE_MS,
              store,
              onError: (message, error) => logger.error(message, error),
            }),
        },
        { provide: WORKBENCH_LIFECYCLE_OPTIONS, useValue: { workDirectory: config.WORK_DIRECTORY } },
        WorkbenchLifecycle,
        SiteRunsService,
      ],
    };
  }
}
