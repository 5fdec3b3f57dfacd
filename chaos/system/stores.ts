import { openOwnStores } from '../../sandbox/stack/own-stores.js';

/** The stores that a system of chaos stands on. */
export interface ChaosStores {
  databaseUrl: string;
  amqpUrl: string;
  /** With user and password. */
  managementUrl: string;
  /** Of stores that are nobody else's: what makes them fail, and brings them back. */
  outages?: { broker: () => Promise<void>; postgres: () => Promise<void> };
}

/** A PostgreSQL and a RabbitMQ of one's own. */
export async function openChaosStores(): Promise<ChaosStores & { remove: () => Promise<void> }> {
  const own = await openOwnStores({ durable: true });
  const { databaseUrl, amqpUrl, managementUrl } = own;
  return {
    databaseUrl,
    amqpUrl,
    managementUrl,
    outages: {
      broker: async () => {
        await own.killBroker();
        await own.startBroker();
      },
      postgres: async () => {
        await own.crashPostgres();
        await own.startPostgres();
      },
    },
    remove: own.remove,
  };
}
