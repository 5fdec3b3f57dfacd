import { join, resolve } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../services/repository-root.js';
import { SetupProblem } from '../services/setup-problem.js';

const Env = z.object({
  PATH: z.string().default('/usr/bin:/bin'),
  DATABASE_URL: z.url().optional(),
  AMQP_URL: z.url().optional(),
  RABBITMQ_MANAGEMENT_URL: z.url().optional(),
  TERRAFORM_BIN: z.string().optional(),
  TERRAFORM_RELEASES_URL: z.url().optional(),
  SITEWRIGHT_HOME: z.string().optional(),
  /** One key, or several: the services take a list. */
  SITEWRIGHT_SECRET_KEY: z.string().optional(),
  SITEWRIGHT_ADMIN_KEY: z.string().min(16).optional(),
  CONSUMER_SLOTS: z.coerce.number().int().positive().default(2),
});

/** What the reader of an environment may set, under the names that the launcher uses. */
export function launcherConfig(env: NodeJS.ProcessEnv = process.env) {
  // A variable that is set to nothing counts as not set, as compose files and CI systems leave them.
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Env.safeParse(filled);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new SetupProblem(`The environment has values that cannot be used:\n${faults.join('\n')}`);
  }
  const values = parsed.data;
  const root = repositoryRoot();
  return Object.freeze({
    root,
    home: resolve(values.SITEWRIGHT_HOME ?? join(root, '.sitewright')),
    path: values.PATH,
    databaseUrl: values.DATABASE_URL,
    amqpUrl: values.AMQP_URL,
    managementUrl: values.RABBITMQ_MANAGEMENT_URL,
    terraformBin: values.TERRAFORM_BIN,
    terraformReleasesUrl: values.TERRAFORM_RELEASES_URL,
    secretKey: values.SITEWRIGHT_SECRET_KEY,
    adminKey: values.SITEWRIGHT_ADMIN_KEY,
    consumerSlots: values.CONSUMER_SLOTS,
    /** What child processes inherit. */
    environment: env,
  });
}

export type LauncherConfig = ReturnType<typeof launcherConfig>;
