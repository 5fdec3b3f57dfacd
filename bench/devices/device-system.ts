import { createDataSource, Database } from '@app/ledger';
import { z } from 'zod';
import { waitFor } from '../../sandbox/services/wait-for.js';
import type { GatewayClient } from '../../sandbox/stack/gateway-client.js';
import { Stack } from '../../sandbox/stack/stack.js';
import type { CleanUp } from '../system/clean-up.js';
import type { Foundations } from '../system/foundations.js';
import { inParallel } from '../workload/in-parallel.js';

/** A site whose devices are programmed. */
export interface DeviceSite {
  account: string;
  site: string;
}

export interface DeviceSystemOptions {
  /** How many times faster the vendors' clock and the budget's run. */
  clockScale: number;
  /** For the budget alone, when it is to count wrongly. */
  budgetScale?: number;
  executors?: number;
  env?: NodeJS.ProcessEnv;
}

const Calls = z.object({
  operations: z.record(z.string(), z.looseObject({ calls: z.number(), refused: z.number() })),
});

const TIMEOUT_MS = 900_000;
const REQUESTS_AT_A_TIME = 16;

/** Sitewright with its device half: gateway, device-programmer, and executors for the sites. */
export class DeviceSystem {
  private constructor(
    readonly stack: Stack,
    readonly client: GatewayClient,
    readonly database: Database,
  ) {}

  static async start(
    foundations: Foundations,
    { clockScale, budgetScale = clockScale, executors = 2, env = {} }: DeviceSystemOptions,
    cleanUp: CleanUp,
  ): Promise<DeviceSystem> {
    const stack = await Stack.start({
      ...foundations,
      env: { LOG_LEVEL: 'warn', SITEWRIGHT_CLOCK_SCALE: String(budgetScale), ...env },
    });
    cleanUp.add(() => stack.close());
    await stack.admin('POST', '/reset');
    await stack.admin('POST', '/clock', { scale: clockScale });
    const database = new Database(createDataSource(foundations.databaseUrl, 3));
    cleanUp.add(() => database.close());
    const [{ client }] = await Promise.all([
      stack.startGateway(),
      stack.startService('device-programmer'),
      ...Array.from({ length: executors }, () => stack.startExecutor()),
    ]);
    return new DeviceSystem(stack, client, database);
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
    const ids: string[] = [];
    await inParallel(sites, REQUESTS_AT_A_TIME, async ({ account, site }) => {
      const operation = await this.client.submit('PUT', `/v1/customers/${account}/sites/${site}`, {
        body: {
          vendor: 'cato',
          siteType: 'BRANCH',
          description: 'devices',
          networkRange: '10.20.0.0/20',
          location: { countryCode: 'FR', timezone: 'Europe/Paris' },
          tunnels: [
            {
              name: 'main',
              role: 'primary',
              publicSiteIp: '203.0.113.1',
              privateSiteIp: '169.254.10.2',
              privateCatoIp: '169.254.10.1',
              psk: 'preshared-key-of-main',
              bandwidthMbps: { down: 100, up: 50 },
            },
          ],
        },
      });
      ids.push(operation.id);
    });
    await this.settled(ids);
    return sites;
  }

  /** Waits until all of them have ended. @throws when one did not succeed */
  async settled(ids: readonly string[]): Promise<void> {
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
    const [failed] = await this.database.rows<{ status: string; error: unknown }>(
      `select status, error from operation where id = any($1::uuid[]) and status not in ('succeeded', 'cancelled') limit 1`,
      [ids],
    );
    if (failed !== undefined)
      throw new Error(`an operation ${failed.status}: ${JSON.stringify(failed.error)}`);
  }

  /** Vendor calls let through and refused, of one account or of all. */
  async calls(
    account?: string,
  ): Promise<{ accepted: number; refused: number; byOperation: Record<string, number> }> {
    const query = account === undefined ? '' : `&account=${account}`;
    const { operations } = Calls.parse(await this.stack.admin('GET', `/calls?vendor=cato${query}`));
    const entries = Object.entries(operations);
    return {
      accepted: entries.reduce((total, [, { calls }]) => total + calls, 0),
      refused: entries.reduce((total, [, { refused }]) => total + refused, 0),
      byOperation: Object.fromEntries(entries.map(([name, { calls }]) => [name, calls])),
    };
  }
}

/** The device of that number within a site, with a name and an address that no other one of the first 3,500 has. */
export const newDevice = (index: number): { name: string; body: Record<string, unknown> } => ({
  name: `n${index}`,
  body: { ip: `10.20.${Math.floor(index / 250) % 14}.${1 + (index % 250)}`, description: 'new' },
});

/** An address within the sites' range, another one for each edition. */
export const deviceSpec = (index: number, edition: number): Record<string, unknown> => ({
  ip: `10.20.${edition % 14}.${1 + (index % 250)}`,
  description: `edition ${edition}`,
});
