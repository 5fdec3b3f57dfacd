import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  executablePath,
  lockFileFor,
  packagePath,
  sourceFingerprint,
  writePackage,
} from './provider-package.js';

export interface ProviderMirrorOptions {
  /** Built packages are kept here, one folder per version of the sources. */
  readonly directory: string;
  readonly terraformBin: string;
}

export interface ProviderMirror {
  /** For `provider_installation { filesystem_mirror { path = ... } }` or `init -plugin-dir=`. */
  readonly mirrorDirectory: string;
  readonly lockFile: string;
  readonly binary: string;
}

const LOCK_FILE = '.terraform.lock.hcl';
const PLATFORM_FILE = 'platform';

/**
 * Builds the provider into a filesystem mirror, or finds it built. A finished folder is put in place by one
 * rename and never changes afterwards, so any number of processes may do this at once.
 */
export async function installProviderMirror({
  directory,
  terraformBin,
}: ProviderMirrorOptions): Promise<ProviderMirror> {
  const home = join(directory, `cato-provider-${await sourceFingerprint(terraformBin)}`);
  const platform = (await readPlatform(home)) ?? (await install(home, directory, terraformBin));
  const mirrorDirectory = join(home, 'mirror');
  return {
    mirrorDirectory,
    lockFile: join(home, LOCK_FILE),
    binary: executablePath(mirrorDirectory, platform),
  };
}

async function install(home: string, directory: string, terraformBin: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const draft = await mkdtemp(join(directory, '.cato-provider-'));
  try {
    const platform = await platformOf(terraformBin);
    const folder = packagePath(join(draft, 'mirror'), platform);
    await writePackage(folder);
    await writeFile(join(draft, LOCK_FILE), await lockFileFor(folder));
    await writeFile(join(draft, PLATFORM_FILE), platform);
    await rename(draft, home);
    return platform;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else was faster: what stands there is the same.
    const platform = await readPlatform(home);
    if (platform === undefined) throw error;
    return platform;
  }
}

async function readPlatform(home: string): Promise<string | undefined> {
  try {
    return await readFile(join(home, PLATFORM_FILE), 'utf8');
  } catch {
    return undefined;
  }
}

/** As the binary itself names it, which is not always what this process runs on. */
async function platformOf(terraformBin: string): Promise<string> {
  const { stdout } = await promisify(execFile)(terraformBin, ['version', '-json'], {
    env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
  });
  const { platform }: { platform?: unknown } = JSON.parse(stdout);
  if (typeof platform !== 'string') throw new Error(`${terraformBin} does not tell its platform`);
  return platform;
}
