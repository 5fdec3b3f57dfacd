import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@app/ledger';
import { launcherConfig } from '../launcher/config.js';
import { Memory } from '../services/memory.js';
import { ensurePostgres } from '../services/postgres.js';
import { ensureRabbitmq } from '../services/rabbitmq.js';

export interface OwnStoresOptions {
  /** What is committed outlives a crash of PostgreSQL. Off where it is only ever stopped in order. */
  durable?: boolean;
}

/** PostgreSQL's immediate shutdown: nothing is written, the next start recovers as after a crash. */
const CRASH = { signal: 'SIGQUIT', graceMs: 10_000 } as const;

/** A PostgreSQL and a RabbitMQ that may be stopped, or fail, and be started again; their data survives that. */
export async function openOwnStores({ durable = false }: OwnStoresOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sitewright-stores-'));
  const memory = new Memory(join(directory, 'settings.json'));
  const { path } = launcherConfig();
  const startPostgres = () => ensurePostgres({ directory: join(directory, 'postgres'), memory, durable });
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
    crashPostgres: async () => {
      await postgres.process?.stop(CRASH);
    },
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
