// Brings the database at DATABASE_URL to the schema of this build. A step of deployment, before the services.
const { migrate } = await import(new URL('../dist/libs/ledger/src/index.js', import.meta.url));
const url = process.env.DATABASE_URL;
if (!url) throw new Error('DATABASE_URL is not set');
const done = await migrate(url);
console.log(done.length > 0 ? `migrated: ${done.join(', ')}` : 'the schema is up to date');
