import { z } from 'zod';

/** A whole number within bounds, as environment variables hold it. */
export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const Switch = z.enum(['0', '1', 'true', 'false']);

/** `1`/`true` or `0`/`false`; any other text is a fault rather than false. */
export const onOff = (byDefault: boolean) =>
  Switch.default(byDefault ? '1' : '0').transform((value) => value === '1' || value === 'true');

export const DatabaseEnv = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'expected a postgres:// URL' }),
  DATABASE_POOL_SIZE: wholeNumber(1, 200).default(10),
});

export const BrokerEnv = z.object({
  AMQP_URL: z.url({ protocol: /^amqps?$/, error: 'expected an amqp:// or amqps:// URL' }),
});

/** Where a service listens; every service has a port of its own by default. */
export const httpEnv = (defaultPort: number) =>
  z.object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(defaultPort),
  });
export const HttpEnv = httpEnv(3000);

export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;
export type LogThreshold = (typeof LOG_LEVELS)[number];

export const LogEnv = z.object({ LOG_LEVEL: z.enum(LOG_LEVELS).default('info') });

/** How long running jobs may go on after a stop was asked, before they are interrupted. */
export const ShutdownEnv = z.object({ DRAIN_GRACE_MS: wholeNumber(0, 3_600_000).default(120_000) });
