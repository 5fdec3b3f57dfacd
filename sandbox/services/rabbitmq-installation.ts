import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isPortFree } from './ports.js';
import { SetupProblem } from './setup-problem.js';

export interface RabbitmqInstallation {
  server: string;
  epmd: string;
}

export interface Command {
  command: string;
  args: string[];
}

/** What decides how RabbitMQ can be installed here. */
export interface Machine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  has: (command: string) => boolean;
}

/**
 * Where packages put the release's own scripts. They come before PATH, where Debian has a wrapper of the same
 * name that only root may run and that gives its own data folder to the broker.
 */
const PACKAGE_FOLDERS = ['/usr/lib/rabbitmq/bin'];
const BREW_FOLDERS = [
  '/opt/homebrew/sbin',
  '/opt/homebrew/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/home/linuxbrew/.linuxbrew/sbin',
  '/home/linuxbrew/.linuxbrew/bin',
];
/** Of the system's Erlang programs; ours has a port of its own. */
const NAME_SERVER_PORT = 4369;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const CHOICES =
  'RabbitMQ is needed. Choose one: set AMQP_URL to one that runs; install it (apt-get install rabbitmq-server, or brew install rabbitmq); or use "docker compose up".';

/** The folders in which RabbitMQ's programs are looked for. */
export const rabbitmqFolders = (path: string): string[] => [
  ...PACKAGE_FOLDERS,
  ...path.split(delimiter).filter((folder) => folder !== ''),
  ...BREW_FOLDERS,
];

export function findRabbitmq(folders: readonly string[]): RabbitmqInstallation | undefined {
  const server = findIn(folders, 'rabbitmq-server');
  const epmd = findIn(folders, 'epmd');
  return server && epmd ? { server, epmd } : undefined;
}

/** The commands that install RabbitMQ on this machine; undefined if there is no way without asking for a password. */
export function installCommands({ platform, isRoot, has }: Machine): Command[] | undefined {
  if (platform === 'linux' && has('apt-get') && (isRoot || has('sudo'))) {
    const asRoot = (...args: string[]): Command =>
      isRoot
        ? { command: 'env', args: ['DEBIAN_FRONTEND=noninteractive', ...args] }
        : { command: 'sudo', args: ['-n', 'env', 'DEBIAN_FRONTEND=noninteractive', ...args] };
    return [
      asRoot('apt-get', 'update', '-q'),
      asRoot('apt-get', 'install', '-q', '-y', '--no-install-recommends', 'rabbitmq-server'),
    ];
  }
  // Homebrew refuses to run as root.
  if (has('brew') && !isRoot) return [{ command: 'brew', args: ['install', 'rabbitmq'] }];
  return undefined;
}

/** What the installation needs of the machine that it runs on. */
export interface InstallationTools {
  machine: Machine;
  /** True if the machine is run by systemd. */
  hasSystemd: boolean;
  /** True if Erlang's name server of the system runs, for somebody else. */
  hasNameServer: () => Promise<boolean>;
  execute: (command: string, args: readonly string[]) => Promise<unknown>;
}

/** Finds RabbitMQ, installing it first where it is absent. */
export async function installRabbitmq(
  folders: readonly string[],
  say: (line: string) => void,
  tools: InstallationTools = thisMachine(folders),
): Promise<RabbitmqInstallation> {
  const present = findRabbitmq(folders);
  if (present) return present;
  const commands = installCommands(tools.machine);
  if (!commands) throw new SetupProblem(CHOICES);
  const hadNameServer = await tools.hasNameServer();
  for (const { command, args } of commands) {
    say(`${command} ${args.join(' ')}`);
    try {
      await tools.execute(command, args);
    } catch (cause) {
      throw new SetupProblem(`"${command} ${args.join(' ')}" failed. ${CHOICES}`, {
        cause,
        detail: outputOf(cause),
      });
    }
  }
  const installed = findRabbitmq(folders);
  if (!installed) throw new SetupProblem(`RabbitMQ was installed but not found. ${CHOICES}`);
  if (commands.some(({ args }) => args.includes('apt-get'))) {
    await stopSystemBroker(installed, tools, hadNameServer);
  }
  return installed;
}

/** Debian starts what it installs. Only called after an installation of ours: that broker is nobody's yet. */
async function stopSystemBroker(
  { epmd }: RabbitmqInstallation,
  { machine, hasSystemd, execute }: InstallationTools,
  hadNameServer: boolean,
): Promise<void> {
  const stop = hasSystemd
    ? ['systemctl', 'disable', '--now', 'rabbitmq-server']
    : ['/etc/init.d/rabbitmq-server', 'stop'];
  const [command = '', ...args] = machine.isRoot ? stop : ['sudo', '-n', ...stop];
  await execute(command, args).catch(() => undefined);
  // The name server outlives the broker; it refuses to end while it still has a node to serve.
  if (!hadNameServer) await execute(epmd, ['-kill']).catch(() => undefined);
}

function thisMachine(folders: readonly string[]): InstallationTools {
  return {
    machine: {
      platform: process.platform,
      isRoot: process.getuid?.() === 0,
      has: (command) => findIn(folders, command) !== undefined,
    },
    hasSystemd: existsSync('/run/systemd/system'),
    hasNameServer: async () => !(await isPortFree(NAME_SERVER_PORT)),
    execute: (command, args) => promisify(execFile)(command, args, { maxBuffer: MAX_OUTPUT_BYTES }),
  };
}

function findIn(folders: readonly string[], program: string): string | undefined {
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** What a failed command said, or what kept it from saying anything. */
function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr || error.message;
}
