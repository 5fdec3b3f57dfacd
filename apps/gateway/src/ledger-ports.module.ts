import {
  ApiKeysRepository,
  AuditRepository,
  BreakersRepository,
  CustomersRepository,
  DeadLettersRepository,
  DeviceRequestsRepository,
  OperationCommandsRepository,
  OperationEventsRepository,
  OperationsRepository,
  SiteRequestsRepository,
  VendorAccountsRepository,
  VendorBudget,
  VendorLoadRepository,
  WorkersRepository,
} from '@app/ledger';
import { vendors } from '@app/vendors';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { API_KEY_STORE } from './api-keys/api-keys.service.js';
import { AUDIT_QUERIES } from './audit/audit.service.js';
import { KEY_LOOKUP } from './auth/key-directory.js';
import { ADMIN_KEYS } from './auth/first-admin-key.js';
import { CUSTOMER_STORE } from './customers/customers.service.js';
import { DEAD_LETTERS } from './dead-letters/dead-letters.service.js';
import { DEVICE_REQUESTS } from './devices/device-write-order.js';
import { OPERATION_EVENTS } from './events/event-streams.js';
import { OPERATION_LOOKUP } from './operations/operation-waiter.js';
import { OPERATION_COMMANDS, OPERATION_QUERIES } from './operations/operation-ports.js';
import { VENDOR_CATALOGUE } from './sites/vendor-catalogue.js';
import { SITE_REQUESTS } from './sites/site-write-order.js';
import {
  SANDBOX_SWITCH,
  VENDOR_ACCOUNT_STORE,
  type SandboxSwitch,
} from './vendor-accounts/vendor-accounts.service.js';
import {
  BREAKER_QUERIES,
  BUDGET_USAGE,
  DEFAULT_BASE_URLS,
  VENDOR_LOAD,
  type DefaultBaseUrls,
} from './vendors/vendor-ports.js';
import { WORKER_QUERIES } from './workers/workers.service.js';

const ports = [
  { provide: ADMIN_KEYS, useExisting: ApiKeysRepository },
  { provide: API_KEY_STORE, useExisting: ApiKeysRepository },
  { provide: AUDIT_QUERIES, useExisting: AuditRepository },
  { provide: CUSTOMER_STORE, useExisting: CustomersRepository },
  { provide: DEAD_LETTERS, useExisting: DeadLettersRepository },
  { provide: DEVICE_REQUESTS, useExisting: DeviceRequestsRepository },
  { provide: KEY_LOOKUP, useExisting: ApiKeysRepository },
  { provide: OPERATION_COMMANDS, useExisting: OperationCommandsRepository },
  { provide: OPERATION_EVENTS, useExisting: OperationEventsRepository },
  { provide: OPERATION_LOOKUP, useExisting: OperationsRepository },
  { provide: OPERATION_QUERIES, useExisting: OperationsRepository },
  { provide: SITE_REQUESTS, useExisting: SiteRequestsRepository },
  { provide: BREAKER_QUERIES, useExisting: BreakersRepository },
  { provide: BUDGET_USAGE, useExisting: VendorBudget },
  { provide: VENDOR_LOAD, useExisting: VendorLoadRepository },
  { provide: VENDOR_ACCOUNT_STORE, useExisting: VendorAccountsRepository },
  { provide: VENDOR_CATALOGUE, useValue: vendors },
  { provide: WORKER_QUERIES, useExisting: WorkersRepository },
];

interface LedgerPortsOptions extends SandboxSwitch {
  defaultBaseUrls: DefaultBaseUrls;
}

/** What the API asks for, and the repositories that answer. */
@Global()
@Module({})
export class LedgerPortsModule {
  static forRoot({ defaultBaseUrls, ...sandbox }: LedgerPortsOptions): DynamicModule {
    const values = [
      { provide: SANDBOX_SWITCH, useValue: sandbox },
      { provide: DEFAULT_BASE_URLS, useValue: defaultBaseUrls },
    ];
    return {
      module: LedgerPortsModule,
      providers: [...ports, ...values],
      exports: [...ports, ...values].map(({ provide }) => provide),
    };
  }
}
