import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitSecrets, vendorOf } from '@app/vendors';
import type { StoredSpec } from '@app/ledger';
import { MeteringProxy } from '../../../apps/tf-executor/src/metering/metering-proxy.js';
import { SiteRunsService } from '../../../apps/tf-executor/src/sites/site-runs.service.js';
import { Workbench, type WorkbenchOptions } from '../../../apps/tf-executor/src/terraform/workbench.js';
import { startSimulators, type RunningSimulators } from '../../../sandbox/simulators.js';
import { testServices } from '../../support/services.js';
import { FakeBudget } from './fake-budget.js';
import { FakeLedger, type FakeSite } from './fake-ledger.js';
import { noBreakers } from '../../support/no-breakers.js';

export const PSK_CANARY = 'psk-canary-Zr4"quote\\and ${path.root}';

/** Everything that an executor meets, with a ledger in memory: the vendor's simulator, the provider, Terraform. */
export class ExecutorWorld {
  readonly ledger = new FakeLedger();
  readonly budget = new FakeBudget();
  readonly #executors: Workbench[] = [];
  readonly #proxies: MeteringProxy[] = [];

  private constructor(
    readonly simulators: RunningSimulators,
    readonly directory: string,
  ) {}

  static async open(): Promise<ExecutorWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'executor-'));
    const simulators = await startSimulators();
    return new ExecutorWorld(simulators, directory);
  }

  async close(): Promise<void> {
    for (const executor of this.#executors) await executor.close();
    for (const proxy of this.#proxies) await proxy.close();
    await this.simulators.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  workbenchOptions(changes: Partial<WorkbenchOptions> = {}): WorkbenchOptions {
    const { terraformBin, mirrorDirectory, lockFile } = testServices();
    return {
      binary: terraformBin,
      providerMirror: mirrorDirectory,
      lockFile,
      workDirectory: join(this.directory, 'work'),
      inherited: { PATH: process.env['PATH'] ?? '' },
      hasWarmProviders: true,
      providerMaxRuns: 100,
      leaseMs: 90_000,
      heartbeatMs: 20_000,
      graceMs: 20_000,
      store: this.ledger,
      onError: () => {},
      ...changes,
    };
  }

  async executor(
    changes: Partial<WorkbenchOptions> = {},
  ): Promise<{ runs: SiteRunsService; workbench: Workbench }> {
    const options = this.workbenchOptions(changes);
    const workbench = new Workbench(options);
    await workbench.start();
    this.#executors.push(workbench);
    const settings = {
      workerId: randomUUID(),
      leaseMs: options.leaseMs,
      heartbeatMs: options.heartbeatMs,
      deadlineMs: 600_000,
      ladder: { firstWaitMs: 10_000, longestWaitMs: 1_800_000, maxTries: 7, settleMs: 0 },
      access: { defaultBaseUrls: new Map<string, string>(), clockScale: 1 },
      random: () => 1,
    };
    const proxy = new MeteringProxy();
    this.#proxies.push(proxy);
    const runs = new SiteRunsService(
      this.ledger,
      this.ledger,
      settings,
      workbench,
      this.budget,
      proxy,
      noBreakers(),
    );
    return { runs, workbench };
  }

  addSite(
    name = `site-${randomUUID().slice(0, 8)}`,
    accountId = `account-${randomUUID().slice(0, 8)}`,
  ): FakeSite {
    const baseUrl = this.simulators.vendors['cato'] ?? '';
    return this.ledger.addSite({
      customer: 'acme',
      site: name,
      accountId,
      token: 'vendor-token-canary',
      baseUrl,
    });
  }

  async admin<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(new URL(path, this.simulators.adminUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const answer: Answer = JSON.parse(text);
    return answer;
  }

  async objectsOf({ accountId }: FakeSite): Promise<VendorObjects> {
    const { objects } = await this.admin<{ objects: VendorObjects }>(
      'GET',
      `/objects?vendor=cato&account=${accountId}`,
    );
    return objects;
  }
}

export type VendorObjects = Record<string, Record<string, unknown>[]>;

export interface TunnelWish {
  name: string;
  role?: 'primary' | 'secondary';
  psk?: string;
  hasBgp?: boolean;
}

/** A spec in the ledger's two halves, as the vendor's schema makes it of a request. */
export function siteSpec(
  tunnels: TunnelWish[] = [
    { name: 'hq-1', hasBgp: true },
    { name: 'hq-2', role: 'secondary', hasBgp: true },
  ],
  changes: Record<string, unknown> = {},
): StoredSpec {
  const vendor = vendorOf('cato');
  const spec = vendor.site.spec.parse({
    vendor: 'cato',
    siteType: 'BRANCH',
    description: 'a branch',
    networkRange: '10.20.0.0/24',
    location: { countryCode: 'FR', timezone: 'Europe/Paris' },
    tunnels: tunnels.map(({ name, role = 'primary', psk = PSK_CANARY, hasBgp = false }, index) => ({
      name,
      role,
      publicSiteIp: `203.0.113.${10 + index}`,
      privateSiteIp: `169.254.${10 + index}.2`,
      privateCatoIp: `169.254.${10 + index}.1`,
      psk,
      bandwidthMbps: { down: 100, up: 50 },
      ...(hasBgp ? { bgp: { peerAsn: 65_010 } } : {}),
    })),
    ...changes,
  });
  const { visible, slots } = splitSecrets(spec, vendor.site.secrets);
  return {
    visible,
    secrets: Object.fromEntries(
      slots.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}
