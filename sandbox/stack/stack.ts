import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressVariables } from '../addresses.js';
import { startSimulators, type RunningSimulators } from '../simulators.js';
import { ChildService, type ChildServiceOptions } from './child-service.js';
import { GatewayClient } from './gateway-client.js';

export interface StackOptions {
  databaseUrl: string;
  amqpUrl: string;
  terraformBin: string;
  mirrorDirectory: string;
  lockFile: string;
  /** How many times faster the simulators' clock runs; rate limits count in that time. */
  clockScale?: number;
  /** Simulators that run already, in a process of their own; the stack's end is their end. */
  simulators?: RunningSimulators;
  /** For every service. */
  env?: NodeJS.ProcessEnv;
}

/** So much faster than real time the services may count their calls to vendors. */
const MAX_BUDGET_SCALE = 10;

/** Ports that this process has given to services, some of which may not listen yet. */
const handedOut = new Set<number>();

/** An unused port. Another process could take it before it is used; the service then fails to start and says so. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await unusedPort();
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The services as real processes against real stores and simulated vendors; for tests and measurements. */
export class Stack {
  readonly adminKey = `sw_${randomBytes(24).toString('base64url')}`;
  readonly directory = mkdtempSync(join(tmpdir(), 'sitewright-stack-'));
  readonly secretKey = randomBytes(32).toString('base64');
  private readonly services: ChildService[] = [];
  private isClosed = false;

  private constructor(
    private readonly options: StackOptions,
    readonly simulators: RunningSimulators,
  ) {}

  static async start(options: StackOptions): Promise<Stack> {
    const { clockScale = 1, simulators } = options;
    return new Stack(options, simulators ?? (await startSimulators({ clock: { scale: clockScale } })));
  }

  get logDirectory(): string {
    return join(this.directory, 'logs');
  }

  /** The folder in which the executors have their run folders. */
  get workDirectory(): string {
    return join(this.directory, 'work');
  }

  async startService(app: ChildServiceOptions['app'], env: NodeJS.ProcessEnv = {}): Promise<ChildService> {
    mkdirSync(this.logDirectory, { recursive: true });
    const port = await freePort();
    // Whoever starts services again and again, as chaos does, may be in the middle of it.
    if (this.isClosed) throw new Error(`no ${app} is started in a stack that is closed`);
    const service = new ChildService({
      app,
      name: `${app}-${this.services.length}`,
      port,
      logDirectory: this.logDirectory,
      env: { ...this.environment(app, port), ...this.options.env, ...env },
    });
    this.services.push(service);
    try {
      return await service.ready();
    } catch (error) {
      await service.kill();
      throw error;
    }
  }

  async startGateway(env: NodeJS.ProcessEnv = {}): Promise<{ service: ChildService; client: GatewayClient }> {
    const service = await this.startService('gateway', env);
    return { service, client: new GatewayClient(service.url, this.adminKey) };
  }

  startExecutor(env: NodeJS.ProcessEnv = {}): Promise<ChildService> {
    return this.startService('tf-executor', env);
  }

  /** A call to the simulators' admin API. */
  async admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.simulators.adminUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const service of this.services.filter(({ isRunning }) => isRunning)) service.signal('SIGCONT');
    await Promise.all(this.services.map((service) => service.stop()));
    await this.simulators.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private environment(app: ChildServiceOptions['app'], port: number): NodeJS.ProcessEnv {
    const { databaseUrl, amqpUrl, terraformBin, mirrorDirectory, lockFile } = this.options;
    const shared = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      AMQP_URL: amqpUrl,
      SITEWRIGHT_SECRET_KEY: this.secretKey,
      SITEWRIGHT_SANDBOX: '1',
      SITEWRIGHT_CLOCK_SCALE: String(Math.min(this.options.clockScale ?? 1, MAX_BUDGET_SCALE)),
      ...addressVariables(this.simulators.vendors),
    };
    if (app === 'gateway') return { ...shared, SITEWRIGHT_ADMIN_KEY: this.adminKey };
    if (app !== 'tf-executor') return shared;
    return {
      ...shared,
      TERRAFORM_BIN: terraformBin,
      TERRAFORM_PROVIDER_MIRROR: mirrorDirectory,
      TERRAFORM_LOCK_FILE: lockFile,
      WARM_PROVIDERS: '1',
      WORK_DIRECTORY: this.workDirectory,
      CONSUMER_SLOTS: '2',
    };
  }
}
