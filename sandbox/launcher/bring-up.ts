import { Listr, type ListrTask } from 'listr2';
import { APPS, type AppSurroundings } from './apps.js';
import { apiClient } from './api-client.js';
import type { LauncherConfig } from './config.js';
import { type DemoResult, createDemo } from './demo.js';
import type { Home } from './home.js';
import type { Broker, Installation } from './installation.js';
import type { Interruption } from './interruption.js';
import type { Started } from './summary.js';

interface Progress {
  databaseUrl?: string;
  broker?: Broker;
  terraform?: Awaited<ReturnType<Installation['prepareTerraform']>>;
  simulators?: Awaited<ReturnType<Installation['startSimulators']>>;
  services: Record<string, string>;
  demo?: DemoResult;
}

/** Brings everything up, showing how far it is, and gives what there is to tell about it. */
export async function bringUp(
  installation: Installation,
  config: LauncherConfig,
  home: Home,
  { stop }: Interruption,
): Promise<Started> {
  const isFirstStart = config.adminKey === undefined && !home.memory.knowsSecret('SITEWRIGHT_ADMIN_KEY');
  const { adminKey } = installation;
  const progress: Progress = { services: {} };
  const demo: ListrTask = {
    title: 'Demo: customer acme, site paris with two tunnels and BGP',
    task: async (_context, task) => {
      const api = apiClient(known(progress.services['gateway']), adminKey, stop);
      const showPhases = (phases: readonly string[]) => {
        task.output = phases.join(' → ');
      };
      progress.demo = await createDemo(api, demoKeys(home), showPhases, stop);
      if (progress.demo.failure !== undefined) task.title = `${task.title}: failed`;
    },
    rendererOptions: { persistentOutput: true },
  };
  await new Listr(
    [
      {
        title: 'What Sitewright runs on',
        task: (_context, task) => task.newListr(foundations(installation, progress), { concurrent: true }),
      },
      {
        title: 'Services',
        task: (_context, task) => task.newListr(apps(installation, progress), { concurrent: true }),
      },
      demo,
    ],
    // Signals are ours to handle: the list would leave at once, with everything still running.
    { registerSignalListeners: false, rendererOptions: { collapseSubtasks: false } },
  ).run();
  const broker = known(progress.broker);
  return {
    services: progress.services,
    brokerUi: new URL(broker.managementUrl).origin,
    brokerIsOurs: broker.isOurs,
    sandboxAdminUrl: known(progress.simulators).adminUrl,
    adminKey,
    isFirstStart,
    settingsFile: home.settings,
    logs: home.logs,
    demo: known(progress.demo),
  };
}

function foundations(installation: Installation, progress: Progress): ListrTask[] {
  return [
    {
      title: 'PostgreSQL',
      task: async (_context, task) => {
        progress.databaseUrl = await installation.startDatabase();
        task.output = 'migrating the schema';
        await installation.migrate(progress.databaseUrl);
        task.title = `PostgreSQL on port ${new URL(progress.databaseUrl).port}`;
      },
    },
    {
      title: 'RabbitMQ',
      task: async (_context, task) => {
        const say = (line: string) => {
          task.output = line;
        };
        progress.broker = await installation.startBroker(say);
        task.title = `RabbitMQ on port ${new URL(progress.broker.amqpUrl).port}`;
      },
    },
    {
      title: 'Terraform and its provider',
      task: async (_context, task) => {
        const say = (line: string) => {
          task.output = line;
        };
        progress.terraform = await installation.prepareTerraform(say);
        task.title = `Terraform ${progress.terraform.version} (${progress.terraform.terraformBin})`;
      },
    },
    {
      title: 'Vendor simulators',
      task: async (_context, task) => {
        progress.simulators = await installation.startSimulators();
        task.title = `Vendor simulators: ${Object.keys(progress.simulators.vendors).join(', ')}`;
      },
    },
  ];
}

function apps(installation: Installation, progress: Progress): ListrTask[] {
  const terraform = known(progress.terraform);
  const surroundings: AppSurroundings = {
    databaseUrl: known(progress.databaseUrl),
    amqpUrl: known(progress.broker).amqpUrl,
    vendorUrls: known(progress.simulators).vendors,
    secretKey: installation.secretKey,
    adminKey: installation.adminKey,
    terraformBin: terraform.terraformBin,
    mirrorDirectory: terraform.mirrorDirectory,
    lockFile: terraform.lockFile,
  };
  return APPS.map(({ name, wishedPort }) => ({
    title: name,
    task: async (_context, task) => {
      const url = await installation.startApp(name, wishedPort, surroundings);
      progress.services[name] = url;
      task.title = `${name} on ${url}`;
    },
  }));
}

const demoKeys =
  ({ memory }: Home) =>
  (tunnel: string): string =>
    memory.secret(`demo-psk-${tunnel}`);

/** Steps run in an order that makes this true; the compiler cannot see it. */
function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a step of the start was left out');
  return value;
}
