import { BrokerEnv, DatabaseEnv, httpEnv, loadConfig, LogEnv, onOff, wholeNumber } from '@app/runtime';
import { z } from 'zod';

const SecretKey = z
  .base64()
  .refine((key) => Buffer.from(key, 'base64').length === 32, 'expected 32 bytes in base64');

const Env = z.object({
  ...DatabaseEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3000).shape,
  ...LogEnv.shape,
  /** The keys that seal credentials and specs, separated by commas; the first one seals, all of them open. */
  SITEWRIGHT_SECRET_KEY: z
    .string()
    .transform((list) => list.split(',').map((key) => key.trim()))
    .pipe(z.tuple([SecretKey], SecretKey)),
  /** The first admin key; without it one is made and printed when there is none at all. */
  SITEWRIGHT_ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{16,512}$/, 'expected 16 to 512 printable ASCII characters')
    .optional(),
  SITEWRIGHT_SANDBOX: onOff(false),
  SWEEP_EVERY_MS: wholeNumber(100, 600_000).default(2_000),
  TAKEOVER_MARGIN_MS: wholeNumber(0, 600_000).default(15_000),
  UNCLAIMED_MS: wholeNumber(1_000, 3_600_000).default(60_000),
});

export type GatewayConfig = Readonly<z.infer<typeof Env>>;

export const gatewayConfig = (env?: NodeJS.ProcessEnv): GatewayConfig => loadConfig(Env, env);
