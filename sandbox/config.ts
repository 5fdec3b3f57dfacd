import { z } from 'zod';
import { portVariable } from './addresses.js';

const Port = z.coerce.number().int().min(0).max(65_535);

const Environment = z.object({
  SITEWRIGHT_SANDBOX_HOST: z.string().min(1).default('127.0.0.1'),
  SITEWRIGHT_SANDBOX_ADMIN_PORT: Port.default(3911),
  SITEWRIGHT_SANDBOX_DATA_FILE: z.string().min(1).optional(),
  SITEWRIGHT_CLOCK_SCALE: z.coerce.number().gt(0).default(1),
});

/** A variable of the environment has a value that cannot be used; the message names it. */
export class BadEnvironment extends Error {}

/** The sandbox process's configuration; `SITEWRIGHT_SANDBOX_<VENDOR>_PORT` moves a vendor from its usual port. */
export function sandboxConfig(env: NodeJS.ProcessEnv = process.env) {
  const environment = read(Environment, env);
  return Object.freeze({
    host: environment.SITEWRIGHT_SANDBOX_HOST,
    adminPort: environment.SITEWRIGHT_SANDBOX_ADMIN_PORT,
    dataFile: environment.SITEWRIGHT_SANDBOX_DATA_FILE,
    clock: { scale: environment.SITEWRIGHT_CLOCK_SCALE },
    portOf: (vendor: string, defaultPort: number): number => {
      const name = portVariable(vendor);
      return read(z.object({ [name]: Port.default(defaultPort) }), env)[name] ?? defaultPort;
    },
  });
}

function read<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  throw new BadEnvironment(
    result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  );
}
