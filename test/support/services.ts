import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { managementCall } from '../../sandbox/services/rabbitmq-management.js';
import { createDatabase, databaseAt, dropDatabase } from './databases.js';
import type { TestServices } from './provided.js';

export const testServices = (): TestServices => inject('services');

export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

/** A database of one's own with the current schema: a clone of one that was migrated once. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { databaseUrl, templateDatabase } = testServices();
  const name = `sitewright_test_${randomBytes(6).toString('hex')}`;
  await createDatabase(databaseUrl, name, templateDatabase);
  return { url: databaseAt(databaseUrl, name), drop: () => dropDatabase(databaseUrl, name) };
}

export interface TestVhost {
  url: string;
  name: string;
  remove: () => Promise<void>;
}

/** A virtual host of one's own on the broker: queues of the same name in two tests never meet. */
export async function createTestVhost(): Promise<TestVhost> {
  const { amqpUrl, managementUrl } = testServices();
  const name = `test-${randomBytes(6).toString('hex')}`;
  const url = new URL(amqpUrl);
  url.pathname = `/${name}`;
  const user = encodeURIComponent(decodeURIComponent(url.username || 'guest'));
  const everything = { configure: '.*', write: '.*', read: '.*' };
  await manage(managementUrl, 'PUT', `/api/vhosts/${name}`, {});
  await manage(managementUrl, 'PUT', `/api/permissions/${name}/${user}`, everything);
  return { url: url.href, name, remove: () => manage(managementUrl, 'DELETE', `/api/vhosts/${name}`) };
}

async function manage(
  baseUrl: string,
  method: 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<void> {
  const answer = await managementCall(baseUrl, method, path, body);
  if (!answer.ok) throw new Error(`${method} ${path}: status ${answer.status}`);
}
