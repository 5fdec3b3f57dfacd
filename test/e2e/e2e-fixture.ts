import { createDataSource, Database, Sealer, StateRepository } from '@app/ledger';
import { z } from 'zod';
import { Stack, type StackOptions } from '../../sandbox/stack/stack.js';
import type { ChildService } from '../../sandbox/stack/child-service.js';
import type { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { BrokerFixture } from '../messaging/support/broker-fixture.js';
import { waitFor } from '../../sandbox/services/wait-for.js';
import { createTestDatabase, createTestVhost, testServices } from '../support/services.js';

/** Leases, sweeps and margins short enough for a test to wait for. */
export const IMPATIENT = {
  LEASE_MS: '2000',
  HEARTBEAT_MS: '400',
  TAKEOVER_MARGIN_MS: '500',
  VENDOR_SETTLE_MS: '100',
  TERMINATION_GRACE_MS: '1500',
  SWEEP_EVERY_MS: '200',
};

export interface EndToEnd {
  stack: Stack;
  client: GatewayClient;
  gateway: ChildService;
  executors: ChildService[];
  /** The virtual host of this system. */
  amqpUrl: string;
  database: Database;
  states: StateRepository;
  close: () => Promise<void>;
}

/** A migrated database and a broker for one system alone. */
export interface Stores {
  databaseUrl: string;
  amqpUrl: string;
  remove: () => Promise<void>;
}

async function sharedStores(): Promise<Stores> {
  const [testDatabase, vhost] = await Promise.all([createTestDatabase(), createTestVhost()]);
  const remove = async (): Promise<void> => {
    await vhost.remove();
    await testDatabase.drop();
  };
  return { databaseUrl: testDatabase.url, amqpUrl: vhost.url, remove };
}

/** An outsider's view of a system's broker. To be destroyed before the system is closed. */
export const openBroker = ({ amqpUrl }: Pick<EndToEnd, 'amqpUrl'>): Promise<BrokerFixture> =>
  BrokerFixture.at({ url: amqpUrl, name: new URL(amqpUrl).pathname.slice(1), remove: async () => {} });

/** A gateway and some executors with the simulated vendor; on a database and a virtual host of their own. */
export async function openEndToEnd({
  stores: given,
  executors = 1,
  env = {},
  executorEnv = {},
  clockScale = 60,
}: {
  stores?: Stores;
  executors?: number;
  env?: NodeJS.ProcessEnv;
  executorEnv?: NodeJS.ProcessEnv;
} & Pick<StackOptions, 'clockScale'> = {}): Promise<EndToEnd> {
  const { terraformBin, mirrorDirectory, lockFile } = testServices();
  const stores = given ?? (await sharedStores());
  const stack = await Stack.start({
    databaseUrl: stores.databaseUrl,
    amqpUrl: stores.amqpUrl,
    terraformBin,
    mirrorDirectory,
    lockFile,
    clockScale,
    env,
  });
  const database = new Database(createDataSource(stores.databaseUrl, 4));
  const close = async (): Promise<void> => {
    await stack.close();
    await database.close();
    await stores.remove();
  };
  try {
    const [{ service: gateway, client }, ...started] = await Promise.all([
      stack.startGateway(),
      ...Array.from({ length: executors }, () => stack.startExecutor(executorEnv)),
    ]);
    const states = new StateRepository(database, new Sealer([stack.secretKey]));
    return { stack, client, gateway, executors: started, amqpUrl: stores.amqpUrl, database, states, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface TunnelBody {
  name: string;
  role: string;
  psk?: string | null;
  bgp?: Record<string, unknown>;
  [field: string]: unknown;
}

export const tunnelBody = (name: string, subnet: number, over: Record<string, unknown> = {}): TunnelBody => ({
  name,
  role: 'primary',
  publicSiteIp: `203.0.113.${subnet}`,
  privateSiteIp: `169.254.${subnet}.2`,
  privateCatoIp: `169.254.${subnet}.1`,
  psk: `preshared-key-of-${name}`,
  bandwidthMbps: { down: 100, up: 50 },
  ...over,
});

/** A site of two tunnels; the first has BGP. */
export const siteBody = (over: Record<string, unknown> & { tunnels?: TunnelBody[] } = {}) => ({
  vendor: 'cato',
  siteType: 'BRANCH',
  description: 'Paris office',
  networkRange: '10.20.0.0/24',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  tunnels: [
    tunnelBody('fibre', 10, { bgp: { peerAsn: 65_010 } }),
    tunnelBody('lte', 11, { role: 'secondary' }),
  ],
  ...over,
});

const Tunnel = z.looseObject({ tunnelId: z.string(), psk: z.string(), publicSiteIp: z.string().nullish() });
const Group = z.looseObject({ tunnels: z.array(Tunnel) }).nullish();
const Objects = z.object({
  objects: z.object({
    sites: z.array(
      z.looseObject({
        id: z.string(),
        name: z.string(),
        description: z.string(),
        nativeRange: z.looseObject({ subnet: z.string() }),
        primary: Group,
        secondary: Group,
      }),
    ),
    bgpPeers: z.array(
      z.looseObject({
        id: z.string(),
        siteId: z.string(),
        name: z.string(),
        peerIp: z.string(),
        peerAsn: z.number(),
      }),
    ),
  }),
});
export type VendorObjects = z.infer<typeof Objects>['objects'];

/** What the simulated vendor holds for an account, PSKs included. */
export async function vendorObjects(stack: Stack, account: string): Promise<VendorObjects> {
  return Objects.parse(await stack.admin('GET', `/objects?vendor=cato&account=${account}`)).objects;
}

const Calls = z.looseObject({
  refused: z.number(),
  mismatched: z.number(),
  operations: z.record(z.string(), z.looseObject({ calls: z.number() })),
  accounts: z.array(z.object({ recent: z.array(z.object({ operation: z.string() })).optional() })),
});

/** How often an account's API operations were called, and how many calls were refused or of a wrong pair. */
export async function vendorCalls(stack: Stack, account?: string) {
  const query = account === undefined ? '' : `&account=${account}`;
  return Calls.parse(await stack.admin('GET', `/calls?vendor=cato${query}`));
}

/** An account's calls of the API, or of these operations of it, in the order in which they came. */
export async function vendorCallsInOrder(
  stack: Stack,
  account: string,
  operations?: readonly string[],
): Promise<string[]> {
  const report = await stack.admin('GET', `/calls?vendor=cato&account=${account}&recent=true`);
  return Calls.parse(report)
    .accounts.flatMap(({ recent = [] }) => recent)
    .map(({ operation }) => operation)
    .filter((operation) => operations?.includes(operation) ?? true);
}

const Rule = z.looseObject({ id: z.string(), matched: z.number(), fired: z.number() });

export interface VendorFault {
  /** Resolves when a call has met the rule; a rule that keeps calls waiting has done no more to them. */
  matched: () => Promise<void>;
  /** Resolves when the rule has done its part. */
  reached: () => Promise<void>;
  /** Ends the rule, and cuts the calls that it holds. */
  release: () => Promise<unknown>;
}

/** Has the simulated vendor fail; see docs/sandbox.md for the effects. */
export async function vendorFault(
  stack: Stack,
  account: string,
  operation: string,
  effect: {
    effect: string;
    nth?: number;
    times?: number;
    status?: number;
    message?: string;
    delayMs?: number;
  },
): Promise<VendorFault> {
  const rule = { vendor: 'cato', account, operation, ...effect };
  const { id } = Rule.parse(await stack.admin('POST', '/faults', rule));
  const until = async (isSo: (rule: z.infer<typeof Rule>) => boolean): Promise<void> => {
    await waitFor(async () => isSo(Rule.parse(await stack.admin('GET', `/faults/${id}`))), {
      what: `${effect.effect} of ${operation}`,
      timeoutMs: 20_000,
    });
  };
  return {
    matched: () => until(({ matched }) => matched > 0),
    reached: () => until(({ fired }) => fired > 0),
    release: () => stack.admin('DELETE', `/faults/${id}`),
  };
}
