import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppliedObject, RunGrant, StateStore } from '@app/ledger';
import type { TerraformVendor } from '@app/vendors';
import { StateBackend, type OpenedState } from '../state/state-backend.js';
import { salvageState } from '../state/state-salvage.js';
import { initArgs, versionArgs } from './args.js';
import { childEnvironment, type BackendAccess } from './child-environment.js';
import { cliConfig } from './cli-config.js';
import { failureOf } from './failures.js';
import { PreparedModules, type ModuleToInit } from './prepared-module.js';
import { providerBinary } from './provider-binary.js';
import { ProviderPool, type ProviderLease } from './provider-pool.js';
import { redactorFor, type Redactor } from './redaction.js';
import { RunFolder } from './run-folder.js';
import { Supervisor } from './supervisor.js';
import { TerraformRun } from './terraform-run.js';
import { supportedVersion, UnsupportedTerraform, type TerraformVersion } from './terraform-version.js';
import { exitCodeOf, Terraform } from './terraform.js';
import { createWorkerFolder, recordSupervisor, removeFolder, type WorkerFolder } from './worker-folder.js';

export interface WorkbenchOptions {
  binary: string;
  providerMirror: string | undefined;
  lockFile: string | undefined;
  workDirectory: string;
  /** Environment that children may inherit. */
  inherited: Readonly<Record<string, string>>;
  hasWarmProviders: boolean;
  providerMaxRuns: number;
  leaseMs: number;
  heartbeatMs: number;
  graceMs: number;
  store: StateStore;
  onError: (message: string, error: unknown) => void;
}

/** What a run needs of the workbench. */
export interface RunRequest {
  grant: RunGrant;
  vendor: TerraformVendor;
  variables: Record<string, unknown>;
  /** Every secret that may show in what Terraform says. */
  secrets: readonly string[];
  signal: AbortSignal;
  onApplied: (object: AppliedObject) => void;
  startedAt: number;
}

/** A run's place: its folder, its state, its provider. */
export interface OpenRun {
  terraform: TerraformRun;
  redact: Redactor;
  /** Stores what Terraform could not store. To be called before the run is recorded. */
  salvage(): Promise<void>;
  /** Ends the run's rights and removes its folder. To be called once everything is stored. Never rejects. */
  close(): Promise<void>;
}

/** For what is run once, without a customer: `version` and `init`. */
const SETUP_TIMEOUT_MS = 300_000;

interface Tools {
  folder: WorkerFolder;
  version: TerraformVersion;
  cliConfigFile: string;
  modules: PreparedModules;
  providers: ProviderPool | undefined;
}

/** Everything that this process keeps ready for runs. */
export class Workbench {
  readonly #options: WorkbenchOptions;
  readonly #supervisor: Supervisor;
  readonly #terraform: Terraform;
  readonly #backend: StateBackend;
  #folder: WorkerFolder | undefined;
  #tools: Tools | undefined;
  #inits = 0;

  constructor(options: WorkbenchOptions) {
    const { leaseMs, heartbeatMs, graceMs, binary, store, onError } = options;
    this.#options = options;
    this.#supervisor = new Supervisor(
      {
        silenceMs: leaseMs / 2,
        // A silent executor's Terraform has to be gone before somebody else takes the site over.
        graceMs: Math.min(graceMs, Math.max(leaseMs / 2 - heartbeatMs, 0)),
      },
      options.inherited['PATH'],
      async (pid) => {
        if (this.#folder !== undefined) await recordSupervisor(this.#folder, pid);
      },
    );
    this.#terraform = new Terraform({ binary, supervisor: this.#supervisor, graceMs });
    this.#backend = new StateBackend(store, (error) => onError('the state could not be served', error));
  }

  /** The binary's version, once started. */
  get version(): TerraformVersion {
    return this.#ready().version;
  }

  /** This process's own folder, once started. */
  get folder(): WorkerFolder {
    return this.#ready().folder;
  }

  /** @throws UnsupportedTerraform */
  async start(): Promise<void> {
    const { workDirectory, providerMirror, lockFile, inherited, hasWarmProviders, providerMaxRuns } =
      this.#options;
    const [supervisorPid] = await Promise.all([this.#supervisor.start(), this.#backend.start()]);
    const folder = await createWorkerFolder(workDirectory, supervisorPid);
    this.#folder = folder;
    const cliConfigFile = join(folder.path, 'cli.tfrc');
    await writeFile(cliConfigFile, cliConfig(providerMirror), { mode: 0o600 });
    const version = await this.#askVersion(folder, cliConfigFile);
    this.#tools = {
      folder,
      version,
      cliConfigFile,
      modules: new PreparedModules({
        parent: folder.modules,
        toolVersion: `${version.version}\0${providerMirror ?? ''}`,
        lockFile,
        init: (module) => this.#init(module),
      }),
      providers: hasWarmProviders
        ? new ProviderPool({
            supervisor: this.#supervisor,
            maxRuns: providerMaxRuns,
            cwd: folder.home,
            env: { ...inherited, HOME: folder.home },
          })
        : undefined,
    };
  }

  /** Prepares a vendor's module ahead of its first run. */
  async prepare({ site: { convergence } }: TerraformVendor): Promise<void> {
    await this.#ready().modules.prepare(convergence.moduleDirectory);
  }

  async open(request: RunRequest): Promise<OpenRun> {
    const { grant, vendor, variables, secrets, signal, onApplied, startedAt } = request;
    const { convergence } = vendor.site;
    const { modules, folder: worker } = this.#ready();
    const module = await modules.prepare(convergence.moduleDirectory);
    const state = this.#backend.open(grant);
    let folder: RunFolder | undefined;
    let provider: ProviderLease | undefined;
    try {
      provider = await this.#leaseProvider(vendor);
      folder = await RunFolder.create(worker.runs, grant, module.files, variables);
    } catch (error) {
      await this.#close({ state, provider, folder, isProviderReusable: true });
      throw error;
    }
    const redact = redactorFor([...secrets, state.password]);
    const terraform = new TerraformRun({
      terraform: this.#terraform,
      folder,
      env: this.#environment(module.dataDirectory, state, convergence.environment, provider?.reattach),
      parallelism: convergence.parallelism,
      vendor,
      redact,
      signal,
      onApplied,
      startedAt,
    });
    const opened = { state, provider, folder };
    return {
      terraform,
      redact,
      salvage: () => this.#salvage(grant, opened.folder),
      close: () => this.#close({ ...opened, isProviderReusable: terraform.endedBySelf }),
    };
  }

  /** Ends providers and supervisor, and removes the process's folder. No run may be open. */
  async close(): Promise<void> {
    await this.#tools?.providers?.close();
    await this.#supervisor.close();
    await this.#backend.close();
    if (this.#folder !== undefined) await removeFolder(this.#folder.path);
  }

  #ready(): Tools {
    if (this.#tools === undefined) throw new Error('the workbench has not been started');
    return this.#tools;
  }

  async #salvage(grant: RunGrant, folder: RunFolder): Promise<void> {
    const content = await folder.erroredState();
    if (content === undefined) return;
    await salvageState(this.#options.store, grant, content);
    await folder.discardErroredState();
  }

  async #close(run: {
    state: OpenedState;
    provider: ProviderLease | undefined;
    folder: RunFolder | undefined;
    isProviderReusable: boolean;
  }): Promise<void> {
    run.state.revoke();
    run.provider?.release(run.isProviderReusable);
    try {
      // A state that could not be salvaged stays: it is found when the next executor starts.
      if ((await run.folder?.erroredState()) === undefined) await run.folder?.remove();
    } catch (error) {
      this.#options.onError('the folder of a run could not be removed', error);
    }
  }

  async #leaseProvider({ site: { convergence } }: TerraformVendor): Promise<ProviderLease | undefined> {
    const { providers, version } = this.#ready();
    const { providerMirror } = this.#options;
    if (providers === undefined || providerMirror === undefined) return undefined;
    const { provider, environment } = convergence;
    const command = await providerBinary(providerMirror, provider, version.platform);
    // Packed providers are Terraform's to unpack: it starts them itself.
    if (command === undefined) return undefined;
    return providers.lease({ source: provider.source, command }, environment);
  }

  #environment(
    dataDirectory: string,
    backend: BackendAccess,
    vendor: Readonly<Record<string, string>>,
    reattach?: string,
  ): Record<string, string> {
    const { folder, cliConfigFile } = this.#ready();
    const { inherited } = this.#options;
    return childEnvironment({
      inherited,
      home: folder.home,
      cliConfigFile,
      dataDirectory,
      backend,
      vendor,
      reattach,
    });
  }

  async #init({ folder, dataDirectory, isLockFileGiven }: ModuleToInit): Promise<void> {
    const state = this.#backend.open(undefined);
    const redact = redactorFor([state.password]);
    try {
      const result = await this.#terraform.run({
        args: initArgs({ isLockFileGiven }),
        cwd: folder,
        env: this.#environment(dataDirectory, state, {}),
        outputFile: this.#nextOutputFile(),
        signal: AbortSignal.timeout(SETUP_TIMEOUT_MS),
      });
      if (exitCodeOf(result.end) === 0) return;
      throw failureOf({ stage: 'init', ...result, vendor: { fault: () => undefined }, redact });
    } finally {
      state.revoke();
    }
  }

  async #askVersion(folder: WorkerFolder, cliConfigFile: string): Promise<TerraformVersion> {
    const { inherited } = this.#options;
    const result = await this.#terraform.run({
      args: versionArgs(),
      cwd: folder.home,
      env: { ...inherited, HOME: folder.home, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: cliConfigFile },
      outputFile: join(folder.path, 'version.json'),
      signal: AbortSignal.timeout(SETUP_TIMEOUT_MS),
    });
    if (exitCodeOf(result.end) !== 0) throw new UnsupportedTerraform('the binary does not tell its version');
    return supportedVersion(result.stream.text);
  }

  #nextOutputFile(): string {
    this.#inits += 1;
    return join(this.#ready().folder.path, `init-${this.#inits}.log`);
  }
}
