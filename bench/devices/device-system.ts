import { createDataSource, Database } from '@app/ledger';
import { z } from 'zod';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { Stack } from '../../sandbox/stack/stack.js';
import type { CleanUp } from '../system/clean-up.js';
import type { Foundations } from '../system/foundations.js';
import { inParallel } from '../workload/in-parallel.js';
import { siteForDevices } from './bodies.js';
import type { VendorCalls } from './vendor-calls.js';

/** A site whose devices are programmed. */
export interface DeviceSite {
  account: string;
  site: string;
}

export interface DeviceSystemOptions {
  /** How many times faster the vendors' clock and the budget's run. */
  clockScale: number;
  executors?: number;
  env?: NodeJS.ProcessEnv;
}

const Calls = z.object({
  operations: z.record(z.string(), z.looseObject({ calls: z.number(), refused: z.number() })),
});

const TIMEOUT_MS = 900_000;
const REQUESTS_AT_A_TIME = 16;
/** Polls, look-ups and what they count: they must not wait for one another. */
const DATABASE_CONNECTIONS = 8;

/** How operations have ended, by status. */
export type Endings = Record<string, number>;

/** Sitewright with its device half: gateway, device-programmer, and executors for the sites. */
export class DeviceSystem {
  private constructor(
    readonly stack: Stack,
    readonly client: GatewayClient,
    readonly database: Database,
    readonly clockScale: number,
  ) {}

  static async start(
    foundations: Foundations,
    { clockScale, executors = 2, env = {} }: DeviceSystemOptions,
    cleanUp: CleanUp,
  ): Promise<DeviceSystem> {
    const stack = await Stack.start({
      ...foundations,
      env: { LOG_LEVEL: 'warn', SITEWRIGHT_CLOCK_SCALE: String(clockScale), ...env },
    });
    cleanUp.add(() => stack.close());
    await stack.admin('POST', '/reset');
    await stack.admin('POST', '/clock', { scale: clockScale });
    const database = new Database(createDataSource(foundations.databaseUrl, DATABASE_CONNECTIONS));
    cleanUp.add(() => database.close());
    const [{ client }] = await Promise.all([
      stack.startGateway(),
      stack.startService('device-programmer'),
      ...Array.from({ length: executors }, () => stack.startExecutor()),
    ]);
    return new DeviceSystem(stack, client, database, clockScale);
  }

  /** Sites that are ready for devices, so many in each account. */
  async makeSites(prefix: string, accounts: number, sitesPerAccount = 1): Promise<DeviceSite[]> {
    const names = Array.from({ length: accounts }, (_, index) => `${prefix}-${index + 1}`);
    await inParallel(names, 8, (name) =>
      this.client.addCustomer(name, { accountId: name, token: `token-${name}` }),
    );
    const sites = names.flatMap((account) =>
      Array.from({ length: sitesPerAccount }, (_, index) => ({ account, site: `s${index + 1}` })),
    );
    await this.putSites(sites.map((site) => ({ ...site, body: siteForDevices() })));
    return sites;
  }

  /** Asks for sites and waits until all of them are there. */
  async putSites(sites: readonly (DeviceSite & { body: Record<string, unknown> })[]): Promise<void> {
    const ids: string[] = [];
    await inParallel(sites, REQUESTS_AT_A_TIME, async ({ account, site, body }) => {
      const path = `/v1/customers/${account}/sites/${site}`;
      ids.push((await this.client.submit('PUT', path, { body })).id);
    });
    await this.settled(ids);
  }

  /** Waits until all of them have ended. @throws when one did not succeed */
  async settled(ids: readonly string[]): Promise<void> {
    await this.ended(ids);
    const [failed] = await this.database.rows<{ status: string; error: unknown }>(
      `select status, error from operation where id = any($1::uuid[]) and status not in ('succeeded', 'cancelled') limit 1`,
      [ids],
    );
    if (failed !== undefined)
      throw new Error(`an operation ${failed.status}: ${JSON.stringify(failed.error)}`);
  }

  /** Waits until all of them have ended, and tells how. */
  async ended(ids: readonly string[]): Promise<Endings> {
    await waitFor(
      async () => {
        const [open] = await this.database.rows<{ count: number }>(
          `select count(*)::int as count from operation where id = any($1::uuid[]) and finished_at is null`,
          [ids],
        );
        return open?.count === 0;
      },
      { what: `the end of ${ids.length} operations`, timeoutMs: TIMEOUT_MS, intervalMs: 50 },
    );
    const rows = await this.database.rows<{ status: string; count: number }>(
      `select status, count(*)::int as count from operation where id = any($1::uuid[]) group by status order by status`,
      [ids],
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** Vendor calls let through and refused since the start, as the simulator has counted them; of one account or of all. */
  async calls(account?: string): Promise<VendorCalls> {
    const query = account === undefined ? '' : `&account=${account}`;
    const { operations } = Calls.parse(await this.stack.admin('GET', `/calls?vendor=cato${query}`));
    const entries = Object.entries(operations);
    return {
      accepted: entries.reduce((total, [, { calls }]) => total + calls, 0),
      refused: entries.reduce((total, [, { refused }]) => total + refused, 0),
      byOperation: Object.fromEntries(
        entries.map(([name, { calls, refused }]) => [name, { accepted: calls, refused }]),
      ),
    };
  }
}
