import { createDataSource } from './data-source.js';

/** Any number: whoever holds this advisory lock migrates, the others wait for it. */
const MIGRATION_LOCK = 7_481_902;

/** Brings the schema up to date. Safe to run by several processes at once; answers the names of what it ran. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const dataSource = await createDataSource(databaseUrl, 2).initialize();
  const guard = dataSource.createQueryRunner();
  try {
    await guard.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await dataSource.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await guard.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await guard.release();
    await dataSource.destroy();
  }
}
