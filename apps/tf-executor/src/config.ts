import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
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
import { INHERITED_VARIABLES } from './terraform/child-environment.js';

const fromNames = <T extends z.ZodType>(names: Iterable<string>, type: T): Record<string, T> =>
  Object.fromEntries([...names].map((name) => [name, type]));

const Env = z.object({
  ...LedgerEnv.shape,
  ...BrokerEnv.shape,
  ...httpEnv(3001).shape,
  ...LogEnv.shape,
  ...ShutdownEnv.shape,
  ...WorkerEnv.shape,
  SITEWRIGHT_SANDBOX: onOff(false),
  /** Terraform or OpenTofu. */
  TERRAFORM_BIN: z.string().min(1).default('terraform'),
  /** Folder in the layout of a filesystem mirror; providers come from nowhere else. */
  TERRAFORM_PROVIDER_MIRROR: z.string().min(1).optional(),
  /** Lock file to use in place of the vendors' own. */
  TERRAFORM_LOCK_FILE: z.string().min(1).optional(),
  WARM_PROVIDERS: onOff(false),
  /** A warm provider is replaced after so many runs. A new one needs hundreds of runs until it is as fast as the old. */
  PROVIDER_MAX_RUNS: wholeNumber(1, 100_000).default(1_000),
  WORK_DIRECTORY: z.string().min(1).default('.sitewright/work'),
  /** Runs at a time, per vendor. */
  CONSUMER_SLOTS: wholeNumber(1, 64).default(2),
  RUN_DEADLINE_MS: wholeNumber(1_000, 86_400_000).default(1_800_000),
  /** What Terraform gets between SIGINT and SIGKILL to stop and to save its state. */
  TERMINATION_GRACE_MS: wholeNumber(0, 600_000).default(60_000),
});

const Inherited = z.object(fromNames(INHERITED_VARIABLES, z.string().optional()));

/** The configuration of the process; the only place where its environment is read. */
export function executorConfig(env?: NodeJS.ProcessEnv) {
  const values = loadConfig(Env, env);
  const sandbox = loadConfig(SandboxEnv, env);
  const inherited = loadConfig(Inherited, env);
  // Two heartbeats may fail, and a silent executor's Terraform has to be gone within its lease.
  if (values.HEARTBEAT_MS * 3 > values.LEASE_MS) {
    throw new InvalidConfiguration([
      { variable: 'HEARTBEAT_MS', problem: 'is wrong (at most a third of LEASE_MS)' },
    ]);
  }
  return Object.freeze({
    ...values,
    WORK_DIRECTORY: resolve(values.WORK_DIRECTORY),
    // In containers host and process numbers come again.
    workerId: `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`,
    /** Address by vendor in place of the vendor's own. */
    defaultBaseUrls: values.SITEWRIGHT_SANDBOX ? sandboxBaseUrls(sandbox) : new Map<string, string>(),
    /** What Terraform and the providers may see of our environment. */
    inherited: Object.fromEntries(
      Object.entries(inherited).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  });
}

export type ExecutorConfig = ReturnType<typeof executorConfig>;
