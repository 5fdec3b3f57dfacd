import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataSource, Database, Sealer, StateRepository, type RunGrant } from '@app/ledger';
import { newId } from '@app/runtime';
import { terraformVendorOf, unmetered, vendorName, type TerraformVendor } from '@app/vendors';
import { StateBackend, type OpenedState } from '../../apps/tf-executor/src/state/state-backend.js';
import { initArgs } from '../../apps/tf-executor/src/terraform/args.js';
import { childEnvironment } from '../../apps/tf-executor/src/terraform/child-environment.js';
import { cliConfig } from '../../apps/tf-executor/src/terraform/cli-config.js';
import {
  PreparedModules,
  type PreparedModule,
} from '../../apps/tf-executor/src/terraform/prepared-module.js';
import { providerBinary } from '../../apps/tf-executor/src/terraform/provider-binary.js';
import { ProviderPool, type ProviderLease } from '../../apps/tf-executor/src/terraform/provider-pool.js';
import type { CleanUp } from '../system/clean-up.js';
import type { Foundations } from '../system/foundations.js';
import { siteBody, type WorkItem } from '../workload/sites.js';
import { runToEnd, spawnProvider } from './processes.js';

/** A site that Terraform is run for with nothing of ours around it but the state service. */
export interface BareSite extends WorkItem {
  grant: RunGrant;
  variables: Record<string, unknown>;
}

/**
 * What the floor and the peers share with our own runs: the prepared module, the state service on PostgreSQL, the
 * mirror and the warm providers. The same code as the executor's, in this process.
 */
export class BareTerraform {
  private constructor(
    readonly foundations: Foundations,
    readonly vendor: TerraformVendor,
    readonly database: Database,
    private readonly backend: StateBackend,
    readonly module: PreparedModule,
    private readonly providers: ProviderPool | undefined,
    readonly directory: string,
    private readonly customerId: string,
  ) {}

  static async start(
    foundations: Foundations,
    hasWarmProviders: boolean,
    cleanUp: CleanUp,
  ): Promise<BareTerraform> {
    const vendor = terraformVendorOf('cato');
    const directory = join(foundations.directory, 'bare');
    for (const name of ['modules', 'runs', 'home']) {
      await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
    }
    const cliConfigFile = cliConfigFileIn(directory);
    await writeFile(cliConfigFile, cliConfig(foundations.mirrorDirectory));

    const database = new Database(createDataSource(foundations.databaseUrl));
    cleanUp.add(() => database.close());
    const store = new StateRepository(database, new Sealer([randomBytes(32).toString('base64')]));
    const backend = new StateBackend(store, (error) => console.error('the state could not be served', error));
    await backend.start();
    cleanUp.add(() => backend.close());
    const customerId = newId();
    await database.rows(`insert into customer (id, name, display_name) values ($1, $2, $2)`, [
      customerId,
      'bare-terraform',
    ]);
    await database.rows(`create table local_state (id uuid primary key, content text not null)`);

    const home = join(directory, 'home');
    const providers = hasWarmProviders
      ? new ProviderPool({
          supervisor: { spawn: spawnProvider },
          maxRuns: Number.POSITIVE_INFINITY,
          cwd: home,
          env: { ...inherited(), HOME: home },
        })
      : undefined;
    if (providers !== undefined) cleanUp.add(() => providers.close());

    const modules = new PreparedModules({
      parent: join(directory, 'modules'),
      toolVersion: foundations.terraformVersion,
      lockFile: foundations.lockFile,
      init: async ({ folder, dataDirectory, isLockFileGiven }) => {
        const state = backend.open(undefined);
        await runToEnd({
          binary: foundations.terraformBin,
          args: initArgs({ isLockFileGiven }),
          cwd: folder,
          env: childEnvironment({
            inherited: inherited(),
            home,
            cliConfigFile,
            dataDirectory,
            backend: state,
            vendor: {},
          }),
          outputFile: join(directory, 'init.log'),
        });
        state.revoke();
      },
    });
    const module = await modules.prepare(vendor.site.convergence.moduleDirectory);
    return new BareTerraform(
      foundations,
      vendor,
      database,
      backend,
      module,
      providers,
      directory,
      customerId,
    );
  }

  /** The sites in the ledger's table, so that the state service knows them. */
  async register(items: readonly WorkItem[]): Promise<BareSite[]> {
    const { convergence } = this.vendor.site;
    const baseUrl = this.foundations.simulators.vendors['cato'] ?? '';
    const sites = items.map((item): BareSite => {
      const grant: RunGrant = {
        customerId: this.customerId,
        resourceId: newId(),
        operationId: newId(),
        workerId: 'bench',
        fencingToken: 1,
      };
      const site = {
        resourceId: grant.resourceId,
        vendorName: vendorName(item.account, item.site, this.vendor.maxNameLength),
        spec: siteBody(item),
      };
      const connection = {
        baseUrl,
        accountId: item.account,
        credentials: { token: `token-${item.account}` },
        meter: unmetered,
      };
      return { ...item, grant, variables: convergence.variables(site, connection) };
    });
    await this.database.rows(
      `insert into resource (id, customer_id, vendor_account_id, kind, vendor, name, revision, phase, fencing_token)
       select id, $2, $2, 'site', 'cato', name, 1, 'creating', 1 from unnest($1::uuid[], $3::text[]) as site (id, name)`,
      [
        sites.map(({ grant }) => grant.resourceId),
        this.customerId,
        sites.map(({ account, site }) => `${account}-${site}`),
      ],
    );
    return sites;
  }

  openState(grant: RunGrant): OpenedState {
    return this.backend.open(grant);
  }

  /** A warm provider for one run; undefined when Terraform is to start providers itself. */
  async leaseProvider(): Promise<ProviderLease | undefined> {
    if (this.providers === undefined) return undefined;
    const { provider, environment } = this.vendor.site.convergence;
    const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
    const command = await providerBinary(this.foundations.mirrorDirectory, provider, platform);
    if (command === undefined) throw new Error('the mirror holds no unpacked provider');
    return this.providers.lease({ source: provider.source, command }, environment);
  }

  get cliConfigFile(): string {
    return cliConfigFileIn(this.directory);
  }

  get home(): string {
    return join(this.directory, 'home');
  }

  get runs(): string {
    return join(this.directory, 'runs');
  }

  async removeRuns(): Promise<void> {
    await rm(this.runs, { recursive: true, force: true });
    await mkdir(this.runs, { mode: 0o700 });
  }
}

const cliConfigFileIn = (directory: string): string => join(directory, 'cli.tfrc');

/** What every Terraform process may see of our own environment. */
export const inherited = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin' });
