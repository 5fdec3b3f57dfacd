import { z } from 'zod';

const Port = z.coerce.number().int().min(0).max(65_535);
const DEFAULT_ADMIN_PORT = 3911;

const Environment = z.object({
  SITEWRIGHT_SANDBOX_HOST: z.string().min(1).default('127.0.0.1'),
  SITEWRIGHT_SANDBOX_ADMIN_PORT: Port.default(DEFAULT_ADMIN_PORT),
  SITEWRIGHT_CLOCK_SCALE: z.coerce.number().gt(0).default(1),
});

/** The sandbox process's configuration; `SITEWRIGHT_SANDBOX_<VENDOR>_PORT` moves a vendor from its usual port. */
export function sandboxConfig(env: NodeJS.ProcessEnv = process.env) {
  const { SITEWRIGHT_SANDBOX_HOST, SITEWRIGHT_SANDBOX_ADMIN_PORT, SITEWRIGHT_CLOCK_SCALE } =
    Environment.parse(env);
  return Object.freeze({
    host: SITEWRIGHT_SANDBOX_HOST,
    adminPort: SITEWRIGHT_SANDBOX_ADMIN_PORT,
    clock: { scale: SITEWRIGHT_CLOCK_SCALE },
    portOf: (vendor: string, defaultPort: number): number =>
      Port.default(defaultPort).parse(env[`SITEWRIGHT_SANDBOX_${vendor.toUpperCase()}_PORT`]),
  });
}
