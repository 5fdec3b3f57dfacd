import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@app/ledger';
import { launcherConfig } from '../../sandbox/launcher/config.js';
import { Memory } from '../../sandbox/services/memory.js';
import { ensurePostgres } from '../../sandbox/services/postgres.js';
import { ensureRabbitmq } from '../../sandbox/services/rabbitmq.js';

/** A PostgreSQL and a RabbitMQ that a test may stop and start again; their data survives that. */
export async function openOwnStores() {
  const directory = mkdtempSync(join(tmpdir(), 'sitewright-stores-'));
  const memory = new Memory(join(directory, 'settings.json'));
  const { path } = launcherConfig();
  const startPostgres = () =>
    ensurePostgres({ directory: join(directory, 'postgres'), memory, durable: false });
  // Stopped by SIGKILL: as when its machine fails.
  const startBroker = () =>
    ensureRabbitmq({ directory: join(directory, 'rabbitmq'), path, memory, disposable: true });
  let [postgres, broker] = await Promise.all([startPostgres(), startBroker()]);
  await migrate(postgres.url);
  return {
    databaseUrl: postgres.url,
    amqpUrl: broker.url,
    managementUrl: broker.managementUrl,
    stopPostgres: () => postgres.stop(),
    startPostgres: async () => {
      postgres = await startPostgres();
    },
    killBroker: () => broker.stop(),
    startBroker: async () => {
      broker = await startBroker();
    },
    remove: async () => {
      await Promise.all([postgres.stop(), broker.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type OwnStores = Awaited<ReturnType<typeof openOwnStores>>;
