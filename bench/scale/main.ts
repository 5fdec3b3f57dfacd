import { parseArgs } from 'node:util';
import { createDataSource, Database, migrate } from '@app/ledger';
import { loadConfig } from '@app/runtime';
import { z } from 'zod';
import { seedScale } from './seed.js';

const count = (max: number) => z.coerce.number().int().min(1).max(max);
const Options = z.object({
  customers: count(100_000).default(10_000),
  devices: count(1_000).default(100),
  'customers-per-account': count(100_000).default(1),
});
const Env = z.object({ DATABASE_URL: z.url(), SITEWRIGHT_SECRET_KEY: z.base64() });

const { values } = parseArgs({
  options: {
    customers: { type: 'string' },
    devices: { type: 'string' },
    'customers-per-account': { type: 'string' },
  },
});
const options = Options.parse(values);
const env = loadConfig(Env);
await migrate(env.DATABASE_URL);
const database = new Database(createDataSource(env.DATABASE_URL, 2));
const startedAt = performance.now();
await seedScale(
  database,
  {
    customers: options.customers,
    devicesPerSite: options.devices,
    secretKey: env.SITEWRIGHT_SECRET_KEY,
    baseUrl: null,
    customersPerAccount: options['customers-per-account'],
  },
  (done) => {
    if (done % 1_000 === 0) console.log(`${done} customers, ${done * options.devices} devices`);
  },
);
const seconds = (performance.now() - startedAt) / 1_000;
console.log(`${options.customers * options.devices} devices in ${seconds.toFixed(0)} s`);
await database.close();
