import { randomBytes, randomUUID } from 'node:crypto';
import {
  ApiKeysRepository,
  AuditRepository,
  createDataSource,
  CustomersRepository,
  Database,
  DeadLetterDeliveriesRepository,
  DeadLettersRepository,
  DeviceRequestsRepository,
  DeviceWorkRepository,
  DueReleases,
  OperationCommandsRepository,
  OperationsRepository,
  Outbox,
  Sealer,
  SiteRequestsRepository,
  SiteWorkRepository,
  StateRepository,
  Sweeper,
  VendorAccountsRepository,
  WorkersRepository,
  type PutSite,
  type SiteClaim,
} from '@app/ledger';
import type { Operation } from '@app/contracts';
import { createTestDatabase } from '../support/services.js';

export const PSK = 'canary-psk-4711';

/** The ledger on a database of its own, with one customer and one vendor account. */
export async function openLedger() {
  const testDatabase = await createTestDatabase();
  const dataSource = createDataSource(testDatabase.url, 12);
  const database = new Database(dataSource);
  const secretKey = randomBytes(32).toString('base64');
  const sealer = new Sealer([secretKey]);
  const outbox = new Outbox();
  const dueReleases = new DueReleases(database, outbox);
  const apiKeys = new ApiKeysRepository(database);
  const ledger = {
    url: testDatabase.url,
    dataSource,
    database,
    sealer,
    secretKey,
    outbox,
    apiKeys,
    customers: new CustomersRepository(database),
    accounts: new VendorAccountsRepository(database, sealer),
    requests: new SiteRequestsRepository(database, sealer, outbox),
    operations: new OperationsRepository(database),
    commands: new OperationCommandsRepository(database, new OperationsRepository(database), outbox),
    devices: new DeviceRequestsRepository(database, sealer, outbox),
    rounds: new DeviceWorkRepository(database, sealer, outbox, dueReleases),
    deadLetters: new DeadLettersRepository(database, outbox),
    deliveries: new DeadLetterDeliveriesRepository(database, outbox),
    audit: new AuditRepository(database),
    workers: new WorkersRepository(database),
    work: new SiteWorkRepository(database, sealer, outbox, dueReleases),
    states: new StateRepository(database, sealer),
    sweeper: new Sweeper(database, outbox, {
      everyMs: 1_000_000,
      takeoverMarginMs: 0,
      unclaimedMs: 60_000,
      overdueMs: 60_000,
    }),
    apiKeyId: (await apiKeys.create({ name: 'tester', role: 'admin' })).id,
    close: async () => {
      await dueReleases.onApplicationShutdown();
      await database.close();
      await testDatabase.drop();
    },
  };
  await addCustomer(ledger, 'acme');
  return ledger;
}
export type TestLedger = Awaited<ReturnType<typeof openLedger>>;

export async function addCustomer(
  ledger: Pick<TestLedger, 'customers' | 'accounts'>,
  name: string,
): Promise<void> {
  await ledger.customers.put(name, { displayName: name });
  await ledger.accounts.put(name, 'cato', {
    accountId: '1',
    baseUrl: null,
    credentials: { token: 'canary-token' },
  });
}

/** A PUT of a site; `range` makes specs differ. */
export const putOf = (
  ledger: TestLedger,
  over: Partial<PutSite> & { range?: string; psk?: string } = {},
): PutSite => {
  const { range = '10.0.0.0/24', psk = PSK, ...rest } = over;
  return {
    customer: 'acme',
    site: 'paris',
    vendor: 'cato',
    visible: { vendor: 'cato', networkRange: range, tunnels: [{ name: 'a', psk: null }] },
    secrets: [{ key: 'tunnels.a.psk', path: 'tunnels.0.psk', isRequired: true, value: psk }],
    requester: { apiKeyId: ledger.apiKeyId, name: 'tester' },
    preconditions: {},
    unsupportedChange: () => undefined,
    ...rest,
  };
};

/** Puts a site and expects that it was accepted. */
export async function submit(ledger: TestLedger, over: Parameters<typeof putOf>[1] = {}): Promise<Operation> {
  const result = await ledger.requests.put(putOf(ledger, over));
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
}

export async function remove(ledger: TestLedger, site = 'paris', customer = 'acme'): Promise<Operation> {
  const result = await ledger.requests.delete({
    customer,
    site,
    requester: { apiKeyId: ledger.apiKeyId, name: 'tester' },
    preconditions: {},
  });
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
}

interface Wake {
  operationId: string;
  customerId: string;
  releaseNo: number;
}

/** The messages that wait in the outbox, oldest first. */
export async function wakes(ledger: TestLedger): Promise<Wake[]> {
  const rows = await ledger.database.rows<{ body: Wake }>('select body from outbox order by id');
  return rows.map(({ body }) => body);
}

export async function wakeOf(ledger: TestLedger, operationId: string): Promise<Wake> {
  const found = (await wakes(ledger)).findLast((wake) => wake.operationId === operationId);
  if (found === undefined) throw new Error(`${operationId} was not released`);
  return found;
}

export const worker = (workerId: string = randomUUID(), leaseMs = 60_000) => ({
  workerId,
  leaseMs,
  deadlineMs: 1_800_000,
});

/** Claims the newest release of an operation. */
export async function claim(ledger: TestLedger, operationId: string, leaseMs = 60_000): Promise<SiteClaim> {
  const claimed = await ledger.work.claim(await wakeOf(ledger, operationId), worker(undefined, leaseMs));
  if (typeof claimed === 'string') throw new Error(`the claim was refused: ${claimed}`);
  return claimed;
}

const counts = { add: 1, change: 0, remove: 0, replace: 0 };

export const succeed = (ledger: TestLedger, claimed: SiteClaim): Promise<void> =>
  ledger.work.settle(claimed, {
    status: 'succeeded',
    changes: counts,
    outputs: { siteId: '7' },
    timings: {},
  });

export const fail = (ledger: TestLedger, claimed: SiteClaim): Promise<void> =>
  ledger.work.settle(claimed, {
    status: 'failed',
    error: { code: 'VENDOR_REJECTED', message: 'no', retryable: false },
    changes: counts,
    timings: {},
    attempt: claimed.attempt + 1,
  });

/** Submits, claims, applies and settles: a site that is ready. */
export async function applySite(
  ledger: TestLedger,
  over: Parameters<typeof putOf>[1] = {},
): Promise<Operation> {
  const operation = await submit(ledger, over);
  const claimed = await claim(ledger, operation.id);
  await ledger.work.applyStarted(claimed);
  await succeed(ledger, claimed);
  return ledger.operations.get(operation.id, undefined);
}

const ignore = (): void => undefined;

/** Calls back with every statement that the ledger runs, until the returned function is called. */
export function watchStatements(
  { dataSource }: TestLedger,
  seen: (text: string, parameters: readonly unknown[]) => void,
): () => void {
  dataSource.setOptions({
    logger: {
      logQuery: (text, parameters) => seen(text, Array.isArray(parameters) ? parameters : []),
      logQueryError: ignore,
      logQuerySlow: ignore,
      logSchemaBuild: ignore,
      logMigration: ignore,
      log: ignore,
    },
  });
  return () => dataSource.setOptions({ logger: 'simple-console', logging: false });
}
