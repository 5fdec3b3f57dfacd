import { DEVICES_CONVERGE, laneQueues, SITE_CONVERGE, workQueue, type Lane } from '@app/contracts';
import {
  breakerDetail,
  breakerSettings,
  BreakersRepository,
  brokerPublisher,
  Database,
  DeadLetterDeliveriesRepository,
  DeviceWorkRepository,
  LedgerModule,
  ledgerOptions,
  recordRejected,
  retryLadder,
  SiteWorkRepository,
  VendorBreakers,
  VendorBudget,
  WorkerRegistration,
  WorkersRepository,
} from '@app/ledger';
import { AmqpServer, HealthModule, LifecycleModule, MessagingModule, type Subscription } from '@app/runtime';
import { isDirectVendor, vendors, type Vendor } from '@app/vendors';
import { Module, type DynamicModule } from '@nestjs/common';
import type { DeviceProgrammerConfig } from './config.js';
import { DeviceRoundsService } from './devices/device-rounds.service.js';
import { DevicesConsumer } from './devices/devices.consumer.js';
import { DirectSitesConsumer } from './sites/direct-sites.consumer.js';
import { DirectSitesService } from './sites/direct-sites.service.js';
import { VendorSessionsLifecycle } from './vendor-sessions.lifecycle.js';
import { CALL_BUDGET, DEVICE_WORK, SITE_WORK, WORK_SETTINGS, type WorkSettings } from './work-settings.js';

/** Between telling a call to stop and giving up on it: it is cut short, its end is recorded. */
const RECORDING_MARGIN_MS = 30_000;

/** Calls the vendors' APIs: for devices, and for the sites of vendors without Terraform. */
@Module({})
export class AppModule {
  static forRoot(config: DeviceProgrammerConfig): DynamicModule {
    const settings: WorkSettings = {
      workerId: config.workerId,
      leaseMs: config.LEASE_MS,
      heartbeatMs: config.HEARTBEAT_MS,
      deadlineMs: config.RUN_DEADLINE_MS,
      roundsPerClaim: config.ROUNDS_PER_CLAIM,
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
            appId: 'device-programmer',
            // All lanes: what a round releases may be for any of them.
            queues: [...vendors.values()].flatMap(({ id, lanes }) =>
              lanes.flatMap((lane) => laneQueues(id, lane)),
            ),
            subscriptions: [...vendors.values()].flatMap((vendor) => subscriptionsOf(vendor, config)),
            drainGraceMs: config.DRAIN_GRACE_MS,
            interruptLimitMs: RECORDING_MARGIN_MS,
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
      controllers: [DevicesConsumer, DirectSitesConsumer],
      providers: [
        { provide: DEVICE_WORK, useExisting: DeviceWorkRepository },
        { provide: SITE_WORK, useExisting: SiteWorkRepository },
        { provide: CALL_BUDGET, useExisting: VendorBudget },
        { provide: WORK_SETTINGS, useValue: settings },
        {
          provide: VendorBreakers,
          inject: [BreakersRepository],
          useFactory: (store: BreakersRepository) => new VendorBreakers(store, breakerSettings(config)),
        },
        {
          provide: WorkerRegistration,
          inject: [WorkersRepository, AmqpServer],
          useFactory: (workers: WorkersRepository, server: AmqpServer) =>
            new WorkerRegistration(workers, {
              id: config.workerId,
              app: 'device-programmer',
              load: () => server.load,
            }),
        },
        DeviceRoundsService,
        DirectSitesService,
        VendorSessionsLifecycle,
      ],
    };
  }
}

/** What of a vendor's work is done here: its devices, and its sites unless Terraform does them. */
function subscriptionsOf(vendor: Vendor, config: DeviceProgrammerConfig): Subscription[] {
  const subscribe = (lane: Lane, pattern: string, slots: number): Subscription => ({
    queue: workQueue(vendor.id, lane),
    patterns: [pattern],
    slots,
  });
  return [
    ...(vendor.devices === undefined
      ? []
      : [
          subscribe('device', DEVICES_CONVERGE, config.DEVICE_SLOTS),
          subscribe('bulk', DEVICES_CONVERGE, config.BULK_SLOTS),
        ]),
    ...(isDirectVendor(vendor) ? [subscribe('site', SITE_CONVERGE, config.SITE_SLOTS)] : []),
  ];
}
