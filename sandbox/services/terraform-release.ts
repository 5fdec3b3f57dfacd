import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupProblem } from './setup-problem.js';
import { readZipEntry } from './zip.js';

const VERSION = '1.11.4';
const RELEASES = 'https://releases.hashicorp.com';
const DOWNLOAD_TIMEOUT_MS = 300_000;

export interface ReleaseOptions {
  /** Where releases are kept once they are there. */
  cacheDirectory: string;
  /** Another server with the same layout, such as a mirror inside a company. */
  releasesUrl?: string | undefined;
  platform?: NodeJS.Platform;
  architecture?: NodeJS.Architecture;
  signal?: AbortSignal | undefined;
}

/**
 * The pinned Terraform release, downloaded once. It is checked against the SHA256SUMS file of the release,
 * which comes from the same server: that finds damage and a mixed-up mirror, while what vouches for the
 * server itself is HTTPS alone.
 */
export async function downloadTerraform(options: ReleaseOptions): Promise<string> {
  const binary = join(options.cacheDirectory, `terraform-${VERSION}`, 'terraform');
  if (existsSync(binary)) return binary;
  const base = `${options.releasesUrl ?? RELEASES}/terraform/${VERSION}/terraform_${VERSION}`;
  const archiveUrl = `${base}_${platformName(options)}.zip`;
  const archive = await download(archiveUrl, options.signal);
  const sums = (await download(`${base}_SHA256SUMS`, options.signal)).toString('utf8');
  verify(archive, archiveUrl.slice(archiveUrl.lastIndexOf('/') + 1), sums);
  mkdirSync(join(binary, '..'), { recursive: true });
  // Renamed when whole: a download that is interrupted leaves nothing that looks like Terraform.
  const draft = `${binary}.${process.pid}`;
  writeFileSync(draft, readZipEntry(archive, 'terraform'), { mode: 0o755 });
  renameSync(draft, binary);
  return binary;
}

function platformName({ platform = process.platform, architecture = process.arch }: ReleaseOptions): string {
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
  const processors: Partial<Record<NodeJS.Architecture, string>> = {
    x64: 'amd64',
    arm64: 'arm64',
    arm: 'arm',
  };
  const system = systems[platform];
  const processor = processors[architecture];
  if (!system || !processor) {
    throw new SetupProblem(
      `There is no Terraform download for ${platform}-${architecture}: set TERRAFORM_BIN.`,
    );
  }
  return `${system}_${processor}`;
}

async function download(url: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const timeout = AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause).message : '';
    throw new SetupProblem(
      `Terraform could not be downloaded (${url}: ${reason}). Choose one: install Terraform or OpenTofu 1.5 or newer, or set TERRAFORM_BIN.`,
      { cause },
    );
  }
}

function verify(archive: Buffer, name: string, sums: string): void {
  const expected = sums
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, file]) => file === name)?.[0];
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) {
    throw new SetupProblem(
      `${name} does not have the SHA-256 of its release: expected ${expected}, got ${actual}.`,
    );
  }
}
