import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { portVariable } from '../addresses.js';
import type { ManagedProcess } from '../services/managed-process.js';
import { ensurePostgres } from '../services/postgres.js';
import { ensureRabbitmq } from '../services/rabbitmq.js';
import { ensureTerraform } from '../services/terraform.js';
import { APPS, type AppName, type AppSurroundings, appEntry, appEnvironment } from './apps.js';
import type { LauncherConfig } from './config.js';
import type { Home } from './home.js';
import type { Interruption } from './interruption.js';
import type { Running } from './running.js';
import { endEarlierService, logFileOf, startService } from './service.js';
import { announcedAddresses, type SimulatorAddresses } from './simulators.js';

export type Say = (line: string) => void;

interface Parts {
  config: LauncherConfig;
  home: Home;
  running: Running;
  interruption: Interruption;
  /** For what happens after the start. */
  announce: Say;
}

export interface Broker {
  amqpUrl: string;
  managementUrl: string;
  isOurs: boolean;
}

/** How long a service may take to drain: its own grace (120 s) and a Terraform run's (60 s), and some more. */
const SERVICE_GRACE_MS = 210_000;
const SIMULATORS_GRACE_MS = 5000;
const SECRET_KEY_BYTES = 32;
const READY_TIMEOUT_MS = 3000;
const SIMULATORS = 'simulators';

/** The steps of bringing Sitewright up on this machine; in which order is for the caller to say. */
export class Installation {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Given by the environment, or made once: losing the secret key would lose what is sealed with it. */
  get secretKey(): string {
    const { config, home } = this.#parts;
    return config.secretKey ?? home.memory.secret('SITEWRIGHT_SECRET_KEY', makeSecretKey);
  }

  get adminKey(): string {
    const { config, home } = this.#parts;
    return config.adminKey ?? home.memory.secret('SITEWRIGHT_ADMIN_KEY');
  }

  /** Services of an earlier start that was killed go first: they would work on with yesterday's addresses. */
  async endEarlierServices(): Promise<void> {
    const { home } = this.#parts;
    await Promise.all(APPS.map(({ name }) => endEarlierService(home, name, this.#entry(name))));
    await endEarlierService(home, SIMULATORS, this.#simulatorsEntry);
  }

  async startDatabase(): Promise<string> {
    const { config, home, running, interruption } = this.#parts;
    const starting = ensurePostgres({
      databaseUrl: config.databaseUrl,
      directory: home.postgres,
      memory: home.memory,
      signal: interruption.stop,
    });
    const database = await running.keep('infrastructure', starting);
    this.#announceEnd('PostgreSQL', database.process, home.postgres);
    return database.url;
  }

  async migrate(databaseUrl: string): Promise<void> {
    const { migrate } = await import('./migrations.js');
    await migrate(databaseUrl);
  }

  async startBroker(say: Say): Promise<Broker> {
    const { config, home, running, interruption } = this.#parts;
    const starting = ensureRabbitmq({
      amqpUrl: config.amqpUrl,
      managementUrl: config.managementUrl,
      directory: home.rabbitmq,
      path: config.path,
      memory: home.memory,
      say,
      signal: interruption.stop,
    });
    const { url, managementUrl, isOurs, process: broker } = await running.keep('infrastructure', starting);
    this.#announceEnd('RabbitMQ', broker, home.rabbitmq);
    return { amqpUrl: url, managementUrl, isOurs };
  }

  async prepareTerraform(
    say: Say,
  ): Promise<Pick<AppSurroundings, 'terraformBin' | 'mirrorDirectory' | 'lockFile'> & { version: string }> {
    const { config, home, interruption } = this.#parts;
    const { bin, version } = await ensureTerraform({
      terraformBin: config.terraformBin,
      path: config.path,
      cacheDirectory: home.cache,
      releasesUrl: config.terraformReleasesUrl,
      say,
      signal: interruption.stop,
    });
    say('packing the sandbox provider');
    const { installProviderMirror } = await import('../cato-provider/mirror.js');
    const mirror = await installProviderMirror({ directory: home.mirror, terraformBin: bin });
    return { terraformBin: bin, version, mirrorDirectory: mirror.mirrorDirectory, lockFile: mirror.lockFile };
  }

  async startSimulators(): Promise<SimulatorAddresses> {
    const { config, home, running, interruption, announce } = this.#parts;
    const starting = startService({
      name: SIMULATORS,
      entry: this.#simulatorsEntry,
      env: {
        ...config.environment,
        ...(await this.#simulatorPorts()),
        SITEWRIGHT_SANDBOX_ADMIN_PORT: String(await home.memory.port('sandbox-admin', 3911)),
        // What was provisioned yesterday is still at the vendor today.
        SITEWRIGHT_SANDBOX_DATA_FILE: home.sandboxData,
      },
      home,
      interruption,
      graceMs: SIMULATORS_GRACE_MS,
      isReady: (logFile) => Promise.resolve(announcedAddresses(logFile) !== undefined),
      say: announce,
    });
    await running.keep('sandbox', starting);
    const addresses = announcedAddresses(logFileOf(home, SIMULATORS));
    if (!addresses) throw new Error('the simulators forgot their addresses');
    return addresses;
  }

  async #simulatorPorts(): Promise<Record<string, string>> {
    const { discoverSimulators } = await import('../simulators.js');
    const ports: Record<string, string> = {};
    for (const { vendor, defaultPort } of await discoverSimulators()) {
      ports[portVariable(vendor)] = String(
        await this.#parts.home.memory.port(`sandbox-${vendor}`, defaultPort),
      );
    }
    return ports;
  }

  /** Starts a service and gives its address once it is ready. */
  async startApp(name: AppName, wishedPort: number, surroundings: AppSurroundings): Promise<string> {
    const { config, home, running, interruption, announce } = this.#parts;
    const port = await home.memory.port(name, wishedPort);
    const url = `http://127.0.0.1:${port}`;
    const starting = startService({
      name,
      entry: this.#entry(name),
      env: appEnvironment(name, port, surroundings, config, home),
      home,
      interruption,
      graceMs: SERVICE_GRACE_MS,
      isReady: () => isReady(url),
      say: announce,
    });
    await running.keep('services', starting);
    return url;
  }

  /** The services wait for their database and their broker; only the reader can bring these back. */
  #announceEnd(name: string, process: ManagedProcess | undefined, directory: string): void {
    const { announce, interruption } = this.#parts;
    void process?.exited.finally(() => {
      if (!interruption.stop.aborted) announce(`${name} has ended by itself; its log is in ${directory}.`);
    });
  }

  get #simulatorsEntry(): string {
    return join(this.#parts.config.root, 'dist', 'sandbox', 'simulators.main.js');
  }

  #entry(name: AppName): string {
    return appEntry(this.#parts.config, name);
  }
}

const makeSecretKey = (): string => randomBytes(SECRET_KEY_BYTES).toString('base64');

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}
