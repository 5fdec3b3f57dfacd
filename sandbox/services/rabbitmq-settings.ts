import { mkdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface BrokerPorts {
  amqp: number;
  management: number;
  prometheus: number;
  distribution: number;
  epmd: number;
}

export interface BrokerFiles {
  directory: string;
  configuration: string;
  plugins: string;
  /** Written by the Erlang machine itself; `startPid` is that of the script which waits for it. */
  pid: string;
  startPid: string;
  epmdPid: string;
  log: string;
}

export const BROKER_USER = 'sitewright';

/** The two shovel plugins are what makes "Move messages" appear in the management UI. */
export const BROKER_PLUGINS = [
  'rabbitmq_management',
  'rabbitmq_prometheus',
  'rabbitmq_shovel',
  'rabbitmq_shovel_management',
];

/** Longer than any job may take: the broker takes a message back from a consumer that holds it longer. */
const CONSUMER_TIMEOUT_MS = 4 * 60 * 60 * 1000;

export const brokerFiles = (directory: string): BrokerFiles => ({
  directory,
  configuration: join(directory, 'rabbitmq.conf'),
  plugins: join(directory, 'enabled_plugins'),
  pid: join(directory, 'broker.pid'),
  startPid: join(directory, 'start.pid'),
  epmdPid: join(directory, 'epmd.pid'),
  log: join(directory, 'log', 'start.log'),
});

/**
 * A flag on the broker's command line that tells it from every other Erlang program. A hash, because the
 * start script splits its flags at blanks, which a folder's name may hold.
 */
export const brokerMarker = (directory: string): string =>
  `sitewright_broker ${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;

export function brokerConfiguration(ports: BrokerPorts, password: string): string {
  return [
    `listeners.tcp.default = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    'prometheus.tcp.ip = 127.0.0.1',
    `prometheus.tcp.port = ${ports.prometheus}`,
    `default_user = ${BROKER_USER}`,
    `default_pass = ${password}`,
    'default_user_tags.administrator = true',
    `consumer_timeout = ${CONSUMER_TIMEOUT_MS}`,
    'disk_free_limit.absolute = 200MB',
    // Whoever looks at connections and channels, people and tests, sees them as they were a second ago rather than five.
    'collect_statistics_interval = 1000',
    '',
  ].join('\n');
}

/** The environment of our broker: everything that could lead it to the machine's own broker is replaced. */
export function brokerEnvironment(path: string, files: BrokerFiles, ports: BrokerPorts): NodeJS.ProcessEnv {
  const { directory } = files;
  return {
    PATH: path,
    LANG: 'C.UTF-8',
    // The Erlang cookie is kept here, not in the reader's home.
    HOME: directory,
    RABBITMQ_NODENAME: 'sitewright@localhost',
    RABBITMQ_CONFIG_FILE: files.configuration,
    RABBITMQ_ADVANCED_CONFIG_FILE: join(directory, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(directory, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: files.plugins,
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_PID_FILE: files.pid,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // The inetrc file answers for "localhost" on machines whose hosts file does not: the broker hangs there.
    ERL_INETRC: join(directory, 'inetrc'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
      // Schedulers that spin while they wait would take the processor from everything else on a small machine.
      '+sbwt none +sbwtdcpu none +sbwtdio none',
      '-kernel inet_dist_use_interface {127,0,0,1}',
      // Quorum queues tell of their depths twice a second; by default every five seconds.
      '-rabbit quorum_tick_interval 500',
      `-${brokerMarker(directory)}`,
    ].join(' '),
  };
}

export function writeBrokerFiles(files: BrokerFiles, ports: BrokerPorts, password: string): void {
  for (const folder of [files.directory, join(files.directory, 'log'), join(files.directory, 'data')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  writeFileSync(files.configuration, brokerConfiguration(ports, password), { mode: 0o600 });
  writeFileSync(files.plugins, `[${BROKER_PLUGINS.join(',')}].\n`);
  writeFileSync(
    join(files.directory, 'inetrc'),
    '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n',
  );
}
