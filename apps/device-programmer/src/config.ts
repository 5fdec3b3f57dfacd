import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { LedgerEnv, WorkerEnv } from '@app/ledger';
import {
  BrokerEnv,
  httpEnv,
  InvalidConfiguration,
  loadConfig,
  LogEnv,
  onOff,
  ShutdownEnv,
  wholeNumber,
} from '@app/runtime';
import { sandboxBaseUrls, SandboxEnv } from '@app/vendors';
import { z } from 'zod';

const Env = z.object({
  ...LedgerEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3002).shape,
  ...LogEnv.shape,
  ...ShutdownEnv.shape,
  ...WorkerEnv.shape,
  SITEWRIGHT_SANDBOX: onOff(false),
  /** Sites whose devices are programmed at a time, per vendor: for single devices, and for batches. */
  DEVICE_SLOTS: wholeNumber(1, 256).default(16),
  BULK_SLOTS: wholeNumber(1, 256).default(4),
  /** Sites that are converged at a time, per vendor without Terraform. */
  SITE_SLOTS: wholeNumber(1, 256).default(4),
  /** After so many rounds a site's devices let others go first. */
  ROUNDS_PER_CLAIM: wholeNumber(1, 1_000).default(4),
  /** What a delivery may take in all. */
  RUN_DEADLINE_MS: wholeNumber(1_000, 86_400_000).default(600_000),
});

/** The configuration of the process; the only place where its environment is read. */
export function configuration(env?: NodeJS.ProcessEnv) {
  const values = loadConfig(Env, env);
  const sandbox = loadConfig(SandboxEnv, env);
  // Two heartbeats may fail.
  if (values.HEARTBEAT_MS * 3 > values.LEASE_MS) {
    throw new InvalidConfiguration([
      { variable: 'HEARTBEAT_MS', problem: 'is wrong (at most a third of LEASE_MS)' },
    ]);
  }
  return Object.freeze({
    ...values,
    // In containers host and process numbers come again.
    workerId: `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`,
    /** Address by vendor in place of the vendor's own. */
    defaultBaseUrls: values.SITEWRIGHT_SANDBOX ? sandboxBaseUrls(sandbox) : new Map<string, string>(),
  });
}

export type DeviceProgrammerConfig = ReturnType<typeof configuration>;
