import { join } from 'node:path';
import { addressVariables } from '../addresses.js';
import type { LauncherConfig } from './config.js';
import type { Home } from './home.js';

/** The four services, with the port that each has by default. */
export const APPS = [
  { name: 'gateway', wishedPort: 3000 },
  { name: 'tf-executor', wishedPort: 3001 },
  { name: 'device-programmer', wishedPort: 3002 },
  { name: 'drift-scanner', wishedPort: 3003 },
] as const;
export type AppName = (typeof APPS)[number]['name'];

/** What every service is told, and what the executor needs beyond that. */
export interface AppSurroundings {
  databaseUrl: string;
  amqpUrl: string;
  /** Where each simulated vendor is. */
  vendorUrls: Readonly<Record<string, string>>;
  secretKey: string;
  adminKey: string;
  terraformBin: string;
  mirrorDirectory: string;
  lockFile: string;
}

export const appEntry = (config: Pick<LauncherConfig, 'root'>, name: AppName): string =>
  join(config.root, 'dist', 'apps', name, 'src', 'main.js');

export function appEnvironment(
  name: AppName,
  port: number,
  surroundings: AppSurroundings,
  config: Pick<LauncherConfig, 'environment' | 'consumerSlots'>,
  home: Pick<Home, 'work'>,
): NodeJS.ProcessEnv {
  const shared = {
    ...config.environment,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: surroundings.databaseUrl,
    AMQP_URL: surroundings.amqpUrl,
    SITEWRIGHT_SECRET_KEY: surroundings.secretKey,
    SITEWRIGHT_SANDBOX: '1',
    ...addressVariables(surroundings.vendorUrls),
  };
  if (name === 'gateway') return { ...shared, SITEWRIGHT_ADMIN_KEY: surroundings.adminKey };
  if (name !== 'tf-executor') return shared;
  return {
    ...shared,
    TERRAFORM_BIN: surroundings.terraformBin,
    TERRAFORM_PROVIDER_MIRROR: surroundings.mirrorDirectory,
    TERRAFORM_LOCK_FILE: surroundings.lockFile,
    WARM_PROVIDERS: '1',
    WORK_DIRECTORY: home.work,
    CONSUMER_SLOTS: String(config.consumerSlots),
  };
}
