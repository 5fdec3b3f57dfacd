import { LedgerEnv } from '@app/ledger';
import { BrokerEnv, httpEnv, loadConfig, LogEnv, onOff, ShutdownEnv } from '@app/runtime';
import { sandboxBaseUrls, SandboxEnv } from '@app/vendors';
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

/** The configuration of the process; the only place where its environment is read. */
export function gatewayConfig(env?: NodeJS.ProcessEnv) {
  const values = loadConfig(Env, env);
  const sandbox = loadConfig(SandboxEnv, env);
  return Object.freeze({
    ...values,
    /** Address by vendor in place of the vendor's own. */
    defaultBaseUrls: values.SITEWRIGHT_SANDBOX ? sandboxBaseUrls(sandbox) : new Map<string, string>(),
  });
}

export type GatewayConfig = ReturnType<typeof gatewayConfig>;
