import { LedgerEnv } from '@app/ledger';
import { BrokerEnv, httpEnv, loadConfig, LogEnv, ShutdownEnv } from '@app/runtime';
import { z } from 'zod';

const Env = z.object({
  ...LedgerEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3003).shape,
  ...LogEnv.shape,
  ...ShutdownEnv.shape,
});

export type DriftScannerConfig = Readonly<z.infer<typeof Env>>;

export const configuration = (env?: NodeJS.ProcessEnv): DriftScannerConfig => loadConfig(Env, env);
