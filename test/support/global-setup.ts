import { randomBytes, randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@app/ledger';
import { installProviderMirror } from '../../sandbox/cato-provider/mirror.js';
import { launcherConfig } from '../../sandbox/launcher/config.js';
import { Memory } from '../../sandbox/services/memory.js';
import { ensurePostgres } from '../../sandbox/services/postgres.js';
import { ensureRabbitmq } from '../../sandbox/services/rabbitmq.js';
import { ensureTerraform } from '../../sandbox/services/terraform.js';
import { newRunDirectory, removeAbandonedRuns } from './run-directories.js';
import { createDatabase, databaseAt, dropDatabase } from './databases.js';
import type { Provide, TestServices } from './provided.js';

/** Keeps the ports of test runs below those that the system hands out for outgoing connections. */
const MAX_PORT_OFFSET = 16_000;

/**
 * Starts PostgreSQL and RabbitMQ for the tests, or uses those that DATABASE_URL and AMQP_URL name. Our own keep
 * their data in a temporary folder, so that tests and `npm start` never meet.
 */
export default async function setup({ provide }: { provide: Provide }): Promise<() => Promise<void>> {
  const config = launcherConfig();
  await removeAbandonedRuns();
  const directory = newRunDirectory();
  const memory = new Memory(join(directory, 'settings.json'), { portOffset: randomInt(1, MAX_PORT_OFFSET) });
  const stops: (() => Promise<unknown>)[] = [];
  const tearDown = async () => {
    await Promise.all(stops.map((stop) => stop()));
    rmSync(directory, { recursive: true, force: true });
  };
  const keep = async <Started extends { stop: () => Promise<unknown> }>(starting: Promise<Started>) => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  const results = await Promise.allSettled([
    keep(startPostgres(config.databaseUrl, directory, memory)),
    keep(
      ensureRabbitmq({
        amqpUrl: config.amqpUrl,
        managementUrl: config.managementUrl,
        directory: join(directory, 'rabbitmq'),
        path: config.path,
        memory,
        disposable: true,
      }),
    ),
    installTerraform(config),
  ]);
  const [postgres, rabbitmq, terraform] = results;
  if (postgres.status === 'rejected' || rabbitmq.status === 'rejected' || terraform.status === 'rejected') {
    await tearDown();
    throw results.find((result) => result.status === 'rejected')?.reason;
  }
  const services: TestServices = {
    databaseUrl: postgres.value.url,
    templateDatabase: postgres.value.templateDatabase,
    amqpUrl: rabbitmq.value.url,
    managementUrl: rabbitmq.value.managementUrl,
    ...terraform.value,
  };
  provide('services', services);
  Object.assign(process.env, {
    DATABASE_URL: services.databaseUrl,
    AMQP_URL: services.amqpUrl,
    RABBITMQ_MANAGEMENT_URL: services.managementUrl,
    TERRAFORM_BIN: services.terraformBin,
    TERRAFORM_PROVIDER_MIRROR: services.mirrorDirectory,
    TERRAFORM_LOCK_FILE: services.lockFile,
  });
  return tearDown;
}

async function startPostgres(databaseUrl: string | undefined, directory: string, memory: Memory) {
  const postgres = await ensurePostgres({
    databaseUrl,
    directory: join(directory, 'postgres'),
    memory,
    durable: false,
  });
  const templateDatabase = `sitewright_template_${randomBytes(6).toString('hex')}`;
  try {
    await createDatabase(postgres.url, templateDatabase);
    await migrate(databaseAt(postgres.url, templateDatabase));
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  const stop = async () => {
    if (!postgres.isOurs) await dropDatabase(postgres.url, templateDatabase);
    await postgres.stop();
  };
  return { url: postgres.url, templateDatabase, stop };
}

async function installTerraform(config: ReturnType<typeof launcherConfig>) {
  const { bin } = await ensureTerraform({
    terraformBin: config.terraformBin,
    path: config.path,
    cacheDirectory: join(config.home, 'cache'),
    releasesUrl: config.terraformReleasesUrl,
  });
  const directory = join(config.home, 'provider-mirror');
  const { mirrorDirectory, lockFile } = await installProviderMirror({ directory, terraformBin: bin });
  return { terraformBin: bin, mirrorDirectory, lockFile };
}
