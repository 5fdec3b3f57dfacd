import { connect } from 'amqplib';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, createTestVhost } from '../support/services.js';

async function tablesOf(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ tables: number }>(
    `select count(*)::int as tables from information_schema.tables where table_schema = 'public'`,
  );
  await client.end();
  return rows[0]?.tables ?? 0;
}

it('a test database has the schema and is gone when it is dropped', async () => {
  const database = await createTestDatabase();
  expect(await tablesOf(database.url)).toBeGreaterThan(5);
  await database.drop();
  await expect(tablesOf(database.url)).rejects.toThrow(/does not exist/);
});

it('a test vhost takes connections and is gone when it is removed', async () => {
  const vhost = await createTestVhost();
  const connection = await connect(vhost.url);
  await connection.close();
  await vhost.remove();
  await expect(connect(vhost.url)).rejects.toThrow(/ConnectionClose/);
});
