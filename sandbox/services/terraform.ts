import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { SetupProblem } from './setup-problem.js';
import { type ReleaseOptions, downloadTerraform } from './terraform-release.js';

const MINIMUM = { major: 1, minor: 5 };

export interface TerraformOptions extends ReleaseOptions {
  /** The binary to use, whatever else there is. */
  terraformBin?: string | undefined;
  /** The PATH on which Terraform and OpenTofu are looked for. */
  path: string;
  say?: (line: string) => void;
}

export interface Terraform {
  bin: string;
  version: string;
  stop(): Promise<void>;
}

/** Terraform or OpenTofu: the given one, else one on PATH that is new enough, else a pinned release. */
export async function ensureTerraform(options: TerraformOptions): Promise<Terraform> {
  if (options.terraformBin !== undefined) {
    const version = await versionOf(options.terraformBin, options.path);
    if (version === undefined)
      throw new SetupProblem(`TERRAFORM_BIN (${options.terraformBin}) is no Terraform.`);
    if (!isSupported(version)) {
      throw new SetupProblem(
        `TERRAFORM_BIN is version ${version}; 1.5 is the oldest that Sitewright works with.`,
      );
    }
    return found(options.terraformBin, version);
  }
  for (const bin of candidates(options.path)) {
    const version = await versionOf(bin, options.path);
    if (version !== undefined && isSupported(version)) return found(bin, version);
    if (version !== undefined) options.say?.(`${bin} is version ${version}, which is too old`);
  }
  options.say?.('downloading Terraform');
  const bin = await downloadTerraform(options);
  return found(bin, (await versionOf(bin, options.path)) ?? 'unknown');
}

const found = (bin: string, version: string): Terraform => ({ bin, version, stop: () => Promise.resolve() });

export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > MINIMUM.major || (major === MINIMUM.major && minor >= MINIMUM.minor);
}

function candidates(path: string): string[] {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const binaries = ['terraform', 'tofu'].flatMap((name) => folders.map((folder) => join(folder, name)));
  return binaries.filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const VersionOutput = z.object({ terraform_version: z.string() });

/** The version that a binary says it is; undefined if it does not talk like Terraform. */
async function versionOf(bin: string, path: string): Promise<string | undefined> {
  try {
    // Version managers put a script of theirs in place of the binary: it needs HOME and PATH.
    const { stdout } = await promisify(execFile)(bin, ['version', '-json'], {
      env: { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', HOME: homedir(), PATH: path },
      timeout: 20_000,
    });
    return VersionOutput.parse(JSON.parse(stdout)).terraform_version;
  } catch {
    return undefined;
  }
}
