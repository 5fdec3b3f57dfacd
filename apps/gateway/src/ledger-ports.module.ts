import {
  ApiKeysRepository,
  AuditRepository,
  CustomersRepository,
  DeadLettersRepository,
  OperationCommandsRepository,
  OperationsRepository,
  SiteRequestsRepository,
  VendorAccountsRepository,
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
import { OPERATION_LOOKUP } from './operations/operation-waiter.js';
import { OPERATION_COMMANDS, OPERATION_QUERIES } from './operations/operations.service.js';
import { VENDOR_CATALOGUE } from './sites/vendor-catalogue.js';
import { SITE_REQUESTS } from './sites/write-order.js';
import {
  SANDBOX_SWITCH,
  VENDOR_ACCOUNT_STORE,
  type SandboxSwitch,
} from './vendor-accounts/vendor-accounts.service.js';
import { WORKER_QUERIES } from './workers/workers.service.js';

const ports = [
  { provide: ADMIN_KEYS, useExisting: ApiKeysRepository },
  { provide: API_KEY_STORE, useExisting: ApiKeysRepository },
  { provide: AUDIT_QUERIES, useExisting: AuditRepository },
  { provide: CUSTOMER_STORE, useExisting: CustomersRepository },
  { provide: DEAD_LETTERS, useExisting: DeadLettersRepository },
  { provide: KEY_LOOKUP, useExisting: ApiKeysRepository },
  { provide: OPERATION_COMMANDS, useExisting: OperationCommandsRepository },
  { provide: OPERATION_LOOKUP, useExisting: OperationsRepository },
  { provide: OPERATION_QUERIES, useExisting: OperationsRepository },
  { provide: SITE_REQUESTS, useExisting: SiteRequestsRepository },
  { provide: VENDOR_ACCOUNT_STORE, useExisting: VendorAccountsRepository },
  { provide: VENDOR_CATALOGUE, useValue: vendors },
  { provide: WORKER_QUERIES, useExisting: WorkersRepository },
];

/** What the API asks for, and the repositories that answer. */
@Global()
@Module({})
export class LedgerPortsModule {
  static forRoot(sandbox: SandboxSwitch): DynamicModule {
    return {
      module: LedgerPortsModule,
      providers: [...ports, { provide: SANDBOX_SWITCH, useValue: sandbox }],
      exports: [...ports.map(({ provide }) => provide), SANDBOX_SWITCH],
    };
  }
}
