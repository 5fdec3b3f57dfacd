import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { launcherConfig } from '../../sandbox/launcher/config.js';
import { Memory } from '../../sandbox/services/memory.js';
import { ensurePostgres } from '../../sandbox/services/postgres.js';
import { ensureRabbitmq } from '../../sandbox/services/rabbitmq.js';
import { ensureTerraform } from '../../sandbox/services/terraform.js';
import { CleanUp } from './clean-up.js';
import { startSimulatorsProcess, type SimulatorsProcess } from './simulators-process.js';
import { createOwnDatabase, createOwnVhost } from './stores.js';

/** What the services stand on. */
export interface Foundations {
  databaseUrl: string;
  amqpUrl: string;
  terraformBin: string;
  terraformVersion: string;
  mirrorDirectory: string;
  lockFile: string;
  simulators: SimulatorsProcess;
  /** The benchmark's own files. */
  directory: string;
  /** Empty for a server that is somebody else's: what it uses is not ours alone. */
  postgresPids: number[];
  rabbitmqPids: number[];
}

/** Starts PostgreSQL and RabbitMQ, or uses those that DATABASE_URL and AMQP_URL name, with a place of our own in each. */
export async function layFoundations({
  cleanUp,
  nodeOptions,
  say,
}: {
  cleanUp: CleanUp;
  /** For the simulators' process. */
  nodeOptions: string;
  say: (line: string) => void;
}): Promise<Foundations> {
  const config = launcherConfig();
  const directory = mkdtempSync(join(tmpdir(), 'sitewright-bench-'));
  cleanUp.add(() => rmSync(directory, { recursive: true, force: true }));
  // Root's PostgreSQL runs as another user, who has to pass.
  chmodSync(directory, 0o711);
  const memory = new Memory(join(directory, 'settings.json'));
  const [postgres, rabbitmq, terraform] = await allOf([
    async () => {
      const server = await ensurePostgres({
        databaseUrl: config.databaseUrl,
        directory: join(directory, 'postgres'),
        memory,
      });
      cleanUp.add(() => server.stop());
      return server;
    },
    async () => {
      const broker = await ensureRabbitmq({
        amqpUrl: config.amqpUrl,
        managementUrl: config.managementUrl,
        directory: join(directory, 'rabbitmq'),
        path: config.path,
        memory,
        disposable: true,
        say,
      });
      cleanUp.add(() => broker.stop());
      return broker;
    },
    async () => {
      const { bin, version } = await ensureTerraform({
        terraformBin: config.terraformBin,
        path: config.path,
        cacheDirectory: join(config.home, 'cache'),
        releasesUrl: config.terraformReleasesUrl,
        say,
      });
      const mirror = await installProviderMirror({
        directory: join(config.home, 'provider-mirror'),
        terraformBin: bin,
      });
      return { bin, version, ...mirror };
    },
  ]);
  const database = await createOwnDatabase(postgres.url);
  if (!postgres.isOurs) cleanUp.add(database.remove);
  const vhost = await createOwnVhost(rabbitmq.url, rabbitmq.managementUrl);
  if (!rabbitmq.isOurs) cleanUp.add(vhost.remove);
  const simulators = await startSimulatorsProcess(nodeOptions);
  // Nobody else ends them when no stack was started on them, and their process keeps ours alive.
  cleanUp.add(() => simulators.close());
  return {
    databaseUrl: database.url,
    amqpUrl: vhost.url,
    terraformBin: terraform.bin,
    terraformVersion: terraform.version,
    mirrorDirectory: terraform.mirrorDirectory,
    lockFile: terraform.lockFile,
    simulators,
    directory,
    postgresPids: postgres.process === undefined ? [] : [postgres.process.pid],
    rabbitmqPids: rabbitmq.process === undefined ? [] : [rabbitmq.process.pid],
  };
}

/** Waits for all, whatever fails: what has started by then is known to the clean-up. */
async function allOf<A, B, C>(
  starts: [() => Promise<A>, () => Promise<B>, () => Promise<C>],
): Promise<[A, B, C]> {
  const [first, second, third] = starts;
  const running = [first(), second(), third()] as const;
  await Promise.allSettled(running);
  return Promise.all(running);
}
