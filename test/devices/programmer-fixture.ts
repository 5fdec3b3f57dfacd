import type { Operation } from '@app/contracts';
import { isFinal } from '@app/contracts';
import { BreakersRepository, type DeviceSubmitResult, type PutSite } from '@app/ledger';
import { startService, type RunningService } from '@app/runtime';
import { z } from 'zod';
import { AppModule } from '../../apps/device-programmer/src/app.module.js';
import { configuration } from '../../apps/device-programmer/src/config.js';
import { SandboxClient, siteInput, textAt } from '../../sandbox/cato/contract/sandbox-client.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { openLedger, putOf, worker, type TestLedger } from '../ledger/ledger-fixture.js';
import { createTestVhost } from '../support/services.js';

/** Leases, sweeps and waits short enough for a test. */
const IMPATIENT = {
  LEASE_MS: '2000',
  HEARTBEAT_MS: '400',
  TAKEOVER_MARGIN_MS: '300',
  SWEEP_EVERY_MS: '200',
  VENDOR_SETTLE_MS: '100',
  RETRY_FIRST_WAIT_MS: '100',
  RETRY_LONGEST_WAIT_MS: '400',
  BREAKER_CALLS: '3',
  BREAKER_PROBE_MS: '500',
  BREAKER_LONGEST_PROBE_MS: '1000',
};

const TOKEN = 'canary-token';

/** Device programmers in this process, with a ledger, a broker and vendors of their own. */
export async function openProgrammers({ clockScale = 1 } = {}) {
  const [ledger, vhost, vendor] = await Promise.all([
    openLedger(),
    createTestVhost(),
    SandboxClient.start({ scale: clockScale }),
  ]);
  const breakers = new BreakersRepository(ledger.database, ledger.outbox);
  const started: RunningService[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop()));
    await vendor.close();
    await ledger.close();
    await vhost.remove();
  };
  const start = async (vendorUrls: Record<string, string>, env: Record<string, string> = {}) => {
    const config = configuration({
      ...IMPATIENT,
      DATABASE_URL: ledger.url,
      AMQP_URL: vhost.url,
      SITEWRIGHT_SECRET_KEY: ledger.secretKey,
      SITEWRIGHT_SANDBOX: '1',
      SITEWRIGHT_CLOCK_SCALE: String(clockScale),
      ...vendorUrls,
      ...env,
    });
    const service = await startService({
      name: 'device-programmer',
      module: AppModule.forRoot(config),
      host: '127.0.0.1',
      port: 0,
      logLevel: 'fatal',
    });
    started.push(service);
    return service;
  };
  return { ledger, vendor, breakers, start, close };
}
export type Programmers = Awaited<ReturnType<typeof openProgrammers>>;

export const requester = (ledger: TestLedger) => ({ apiKeyId: ledger.apiKeyId, name: 'tester' });

export const operationOf = (result: DeviceSubmitResult): Operation => {
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
};

const CREDENTIALS: Readonly<Record<string, Record<string, string>>> = {
  cato: { token: TOKEN },
  meraki: { apiKey: TOKEN },
  versa: { clientId: 'sitewright', clientSecret: TOKEN, username: 'automation', password: TOKEN },
};

/** A customer with an account of its own at a vendor. */
export async function addCustomer(
  { ledger }: Programmers,
  name: string,
  accountId: string,
  vendor = 'cato',
): Promise<void> {
  await ledger.customers.put(name, { displayName: name });
  const credentials = CREDENTIALS[vendor] ?? {};
  await ledger.accounts.put(name, vendor, { accountId, baseUrl: null, credentials });
}

/** A site that is at the vendor, and applied in the ledger. */
export async function addSite(
  { ledger, vendor }: Programmers,
  customer: string,
  site: string,
  accountId: string,
): Promise<string> {
  const input = siteInput(`${customer}-${site}`, { nativeNetworkRange: '10.20.0.0/16' });
  const identity = { account: accountId, token: TOKEN };
  const made = await vendor.call('siteAddIpsecIkeV2Site', { addIpsecIkeV2SiteInput: input }, identity);
  const siteId = textAt(made, 'site', 'addIpsecIkeV2Site', 'siteId');
  const { id } = await putSite(ledger, { customer, site });
  const [row] = await ledger.database.rows<{ customerId: string; releaseNo: number }>(
    `select customer_id as "customerId", release_no as "releaseNo" from operation where id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`there is no operation ${id}`);
  const claim = await ledger.work.claim({ operationId: id, ...row }, worker());
  if (typeof claim === 'string') throw new Error(`the claim was refused: ${claim}`);
  await ledger.work.applyStarted(claim);
  const changes = { add: 1, change: 0, remove: 0, replace: 0 };
  await ledger.work.settle(claim, { status: 'succeeded', changes, outputs: { siteId }, timings: {} });
  return siteId;
}

export async function putSite(ledger: TestLedger, over: Partial<PutSite>): Promise<Operation> {
  const result = await ledger.requests.put(putOf(ledger, over));
  if (result.kind !== 'accepted') throw new Error(`the request was ${result.kind}`);
  return result.operation;
}

export interface Wish {
  name: string;
  ip: string;
}

export const wishes = (count: number, prefix = 'cam'): Wish[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${index}`,
    ip: `10.20.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`,
  }));

export const batch = async (
  { ledger }: Programmers,
  customer: string,
  site: string,
  put: readonly Wish[],
  gone: string[] = [],
): Promise<Operation> =>
  operationOf(
    await ledger.devices.batch({
      customer,
      site,
      put: put.map(({ name, ip }) => ({ name, spec: { ip } })),
      delete: gone,
      requester: requester(ledger),
    }),
  );

export const putDevice = async (
  { ledger }: Programmers,
  customer: string,
  site: string,
  { name, ip }: Wish,
): Promise<Operation> =>
  operationOf(
    await ledger.devices.put({
      customer,
      site,
      device: name,
      spec: { ip },
      requester: requester(ledger),
      preconditions: {},
    }),
  );

export const ended = ({ ledger }: Programmers, { id }: Operation, timeoutMs = 30_000): Promise<Operation> =>
  waitFor(
    async () => {
      const operation = await ledger.operations.get(id, undefined);
      return isFinal(operation.status) && operation;
    },
    { what: `the end of operation ${id}`, timeoutMs },
  );

const Hosts = z.object({
  objects: z.object({ hosts: z.array(z.looseObject({ name: z.string(), siteId: z.string() })) }),
});
const Calls = z.looseObject({ operations: z.record(z.string(), z.looseObject({ calls: z.number() })) });

/** The names of the hosts that the vendor holds for a site, sorted. */
export async function hostsOf({ vendor }: Programmers, accountId: string, siteId: string): Promise<string[]> {
  const report = await vendor.steer('GET', `/objects?vendor=cato&account=${accountId}`);
  return Hosts.parse(report)
    .objects.hosts.filter((host) => host.siteId === siteId)
    .map(({ name }) => name)
    .toSorted();
}

/** How often an operation of the vendor's API was called. */
export async function callsOf(
  { vendor }: Programmers,
  accountId: string,
  operation: string,
): Promise<number> {
  const report = await vendor.steer('GET', `/calls?vendor=cato&account=${accountId}`);
  return Calls.parse(report).operations[operation]?.calls ?? 0;
}
