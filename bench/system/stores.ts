import { randomBytes } from 'node:crypto';
import { migrate } from '@app/ledger';
import { Client } from 'pg';
import { managementCall } from '../../sandbox/services/rabbitmq-management.js';

/** A place of the benchmark's own on a server that may be somebody else's. */
export interface OwnPlace {
  url: string;
  remove: () => Promise<void>;
}

const ownName = (): string => `sitewright_bench_${randomBytes(5).toString('hex')}`;

/** A database with the current schema. */
export async function createOwnDatabase(serverUrl: string): Promise<OwnPlace> {
  const name = ownName();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await onServer(serverUrl, (client) => client.query(`create database ${client.escapeIdentifier(name)}`));
  await migrate(url.href);
  const drop = (client: Client) =>
    client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
  return { url: url.href, remove: () => onServer(serverUrl, drop) };
}

/** A virtual host: the queues in it are nobody else's. */
export async function createOwnVhost(amqpUrl: string, managementUrl: string): Promise<OwnPlace> {
  const name = ownName();
  const url = new URL(amqpUrl);
  url.pathname = `/${name}`;
  const user = encodeURIComponent(decodeURIComponent(url.username || 'guest'));
  const manage = async (method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> => {
    const answer = await managementCall(managementUrl, method, path, body);
    if (!answer.ok) throw new Error(`RabbitMQ: ${method} ${path}: status ${answer.status}`);
  };
  await manage('PUT', `/api/vhosts/${name}`, {});
  await manage('PUT', `/api/permissions/${name}/${user}`, { configure: '.*', write: '.*', read: '.*' });
  return { url: url.href, remove: () => manage('DELETE', `/api/vhosts/${name}`) };
}

async function onServer(serverUrl: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
