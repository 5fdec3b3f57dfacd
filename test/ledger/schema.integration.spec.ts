import { createDataSource, migrate } from '@app/ledger';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, databaseAt, dropDatabase } from '../support/databases.js';
import { testServices } from '../support/services.js';

describe('the schema', () => {
  const name = `sitewright_schema_${process.pid}`;
  const { databaseUrl } = testServices();
  const url = databaseAt(databaseUrl, name);
  afterEach(() => dropDatabase(databaseUrl, name));

  async function tables(): Promise<string[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
      );
      return rows.map((row) => row.name);
    } finally {
      await client.end();
    }
  }

  it('migrates up, down to nothing and up again, and several processes may do it at once', async () => {
    await createDatabase(databaseUrl, name);
    const ran = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    expect(ran.filter((migrations) => migrations.length > 0)).toHaveLength(1);
    const full = await tables();
    expect(full).toContain('operation');
    const source = await createDataSource(url, 1).initialize();
    for (let left = source.migrations.length; left > 0; left -= 1) await source.undoLastMigration();
    expect(await tables()).toEqual(['schema_migration']);
    await source.destroy();
    await migrate(url);
    expect(await tables()).toEqual(full);
  });

  it('is what the entities say', async () => {
    await createDatabase(databaseUrl, name);
    await migrate(url);
    const source = await createDataSource(url, 1).initialize();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    // Indexes, foreign keys and constraints are the migrations' alone; columns and tables must agree.
    const differences = upQueries
      .map(({ query }) => query)
      .filter((query) => !/^(DROP INDEX|ALTER TABLE "\w+" (DROP|ADD) CONSTRAINT)/.test(query));
    expect(differences).toEqual([]);
  });
});
