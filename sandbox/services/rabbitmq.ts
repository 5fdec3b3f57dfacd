import { rmSync } from 'node:fs';
import { logTail } from './log-tail.js';
import { type ManagedProcess, endLeftover, readPid, startProcess } from './managed-process.js';
import type { Memory } from './memory.js';
import { startOnFreePorts } from './ports.js';
import { runs } from './process-table.js';
import { installRabbitmq, type RabbitmqInstallation, rabbitmqFolders } from './rabbitmq-installation.js';
import { managementCall } from './rabbitmq-management.js';
import {
  BROKER_USER,
  type BrokerFiles,
  type BrokerPorts,
  brokerEnvironment,
  brokerFiles,
  brokerMarker,
  writeBrokerFiles,
} from './rabbitmq-settings.js';
import { SetupProblem } from './setup-problem.js';
import { waitFor } from './wait-for.js';

export interface RabbitmqOptions {
  /** Of a broker that runs already; it is used as it is. */
  amqpUrl?: string | undefined;
  /** Of that broker's management API; port 15672 of the same host unless it is given. */
  managementUrl?: string | undefined;
  /** Where our own broker keeps its data and its log. */
  directory: string;
  /** The PATH on which RabbitMQ is looked for. */
  path: string;
  memory: Memory;
  /** Its data is thrown away, so its stop need not be in order: that takes the management plugin six seconds. */
  disposable?: boolean;
  say?: (line: string) => void;
  signal?: AbortSignal;
}

export interface Rabbitmq {
  url: string;
  /** With user and password. */
  managementUrl: string;
  /** True if we started it, so that we stop it. */
  isOurs: boolean;
  process?: ManagedProcess;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 30_000;
const EPMD_MARKER = 'epmd -port';
const EPMD_STOP = { signal: 'SIGTERM', graceMs: 3000 } as const;

/** The RabbitMQ at `amqpUrl`, or one of our own: own node, ports, data and name server. */
export async function ensureRabbitmq(options: RabbitmqOptions): Promise<Rabbitmq> {
  if (options.amqpUrl !== undefined) return givenBroker(options.amqpUrl, options.managementUrl);
  const { directory, memory, path } = options;
  const installation = await installRabbitmq(rabbitmqFolders(path), options.say ?? (() => undefined));
  const files = brokerFiles(directory);
  await endLeftoverRabbitmq(directory);
  return startOnFreePorts(
    () => choosePorts(memory),
    (ports) => startBroker(options, installation, files, ports),
  );
}

async function startBroker(
  { memory, path, disposable, signal }: RabbitmqOptions,
  installation: RabbitmqInstallation,
  files: BrokerFiles,
  ports: BrokerPorts,
): Promise<Rabbitmq> {
  const password = memory.secret('rabbitmq');
  writeBrokerFiles(files, ports, password);
  const environment = brokerEnvironment(path, files, ports);
  // Erlang would start its name server as a daemon that outlives the broker; this one is our child.
  const epmd = await startProcess({
    name: 'epmd',
    command: installation.epmd,
    args: ['-port', String(ports.epmd), '-address', '127.0.0.1'],
    env: environment,
    pidFile: files.epmdPid,
    logFile: files.log,
    marker: EPMD_MARKER,
  });
  const broker = await startProcess({
    name: 'RabbitMQ',
    command: installation.server,
    args: [],
    cwd: files.directory,
    env: environment,
    pidFile: files.startPid,
    logFile: files.log,
    marker: installation.server,
  });
  const stop = async () => {
    await stopBroker(broker, files, disposable ? 'SIGKILL' : 'SIGTERM');
    await epmd.stop(EPMD_STOP);
  };
  const managementUrl = `http://${BROKER_USER}:${password}@127.0.0.1:${ports.management}`;
  try {
    await waitFor(() => isServing(managementUrl, ports.amqp, broker, files), {
      what: `the start of RabbitMQ (log in ${files.log})`,
      timeoutMs: START_TIMEOUT_MS,
      intervalMs: 100,
      signal,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `amqp://${BROKER_USER}:${password}@127.0.0.1:${ports.amqp}`;
  return { url, managementUrl, isOurs: true, process: broker, stop };
}

function givenBroker(amqpUrl: string, managementUrl: string | undefined): Rabbitmq {
  const { username, password, hostname } = new URL(amqpUrl);
  const management = new URL(managementUrl ?? `http://${hostname}:15672`);
  if (management.username === '') {
    management.username = username || 'guest';
    management.password = password || 'guest';
  }
  return { url: amqpUrl, managementUrl: management.href, isOurs: false, stop: () => Promise.resolve() };
}

async function choosePorts(memory: Memory): Promise<BrokerPorts> {
  return {
    amqp: await memory.port('amqp', 15_720),
    management: await memory.port('rabbitmq-management', 15_672),
    prometheus: await memory.port('rabbitmq-prometheus', 15_692),
    distribution: await memory.port('rabbitmq-distribution', 15_740),
    epmd: await memory.port('rabbitmq-epmd', 15_760),
  };
}

async function isServing(
  managementUrl: string,
  amqpPort: number,
  broker: ManagedProcess,
  files: BrokerFiles,
): Promise<boolean> {
  if (broker.exit())
    throw new SetupProblem('RabbitMQ ended while it started.', { detail: logTail(files.log) });
  const checks = [`/api/health/checks/port-listener/${amqpPort}`, '/api/health/checks/virtual-hosts'];
  const answers = await Promise.all(
    checks.map((check) => managementCall(managementUrl, 'GET', check).catch(() => undefined)),
  );
  return answers.every((answer) => answer?.ok);
}

/**
 * The signal goes to the Erlang machine itself, which then stops in order; the start script ends with it.
 * Before the machine has written its process number the script is all there is to stop.
 */
async function stopBroker(
  broker: ManagedProcess,
  files: BrokerFiles,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  const pid = readPid(files.pid);
  const isUp = pid !== undefined && runs(pid, brokerMarker(files.directory));
  await broker.stop({ signal, graceMs: STOP_GRACE_MS, pid: isUp ? pid : undefined });
  rmSync(files.pid, { force: true });
}

/** Ends the broker and the name server that a start left behind because it was killed. */
export async function endLeftoverRabbitmq(directory: string): Promise<void> {
  const files = brokerFiles(directory);
  const stop = { signal: 'SIGTERM', graceMs: STOP_GRACE_MS } as const;
  await endLeftover(files.pid, brokerMarker(directory), stop);
  await endLeftover(files.epmdPid, EPMD_MARKER, EPMD_STOP);
}
