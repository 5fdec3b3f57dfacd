import { LedgerEnv } from '@app/ledger';
import { BrokerEnv, httpEnv, loadConfig, LogEnv, onOff, ShutdownEnv } from '@app/runtime';
import { z } from 'zod';

const Env = z.object({
  ...LedgerEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3000).shape,
  ...LogEnv.shape,
  ...ShutdownEnv.shape,
  /** The first admin key; without it one is made and printed when there is none at all. */
  SITEWRIGHT_ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{16,512}$/, 'expected 16 to 512 printable ASCII characters')
    .optional(),
  SITEWRIGHT_SANDBOX: onOff(false),
});

export type GatewayConfig = Readonly<z.infer<typeof Env>>;

export const gatewayConfig = (env?: NodeJS.ProcessEnv): GatewayConfig => loadConfig(Env, env);
