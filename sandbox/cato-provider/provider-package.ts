import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

import { build } from 'esbuild';

import { CATO_PROVIDER_ADDRESS, CATO_PROVIDER_VERSION } from './cato-provider.js';

const BUNDLE = 'provider.cjs';
const EXECUTABLE = `terraform-provider-cato_v${CATO_PROVIDER_VERSION}`;
const SOURCE_FOLDERS = [join(import.meta.dirname, '..', 'terraform-plugin'), import.meta.dirname];
/** TypeScript in the working tree, JavaScript once compiled. */
const SOURCE_EXTENSION = extname(import.meta.filename);

/** Where Terraform looks for the package in an unpacked filesystem mirror. */
export function packagePath(mirrorDirectory: string, platform: string): string {
  return join(mirrorDirectory, ...CATO_PROVIDER_ADDRESS.split('/'), CATO_PROVIDER_VERSION, platform);
}

export function executablePath(mirrorDirectory: string, platform: string): string {
  return join(packagePath(mirrorDirectory, platform), EXECUTABLE);
}

/** Changes whenever something that the package is made of changes. */
export async function sourceFingerprint(...also: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const text of [process.execPath, ...also]) hash.update(`${text}\0`);
  for (const folder of SOURCE_FOLDERS) {
    const names = (await readdir(folder, { recursive: true })).filter(isSource).toSorted();
    for (const name of names) hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** One minified file, plus a launcher that runs it with the node binary that built it. */
export async function writePackage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, `main${SOURCE_EXTENSION}`)],
    outfile: join(folder, BUNDLE),
    bundle: true,
    minify: true,
    platform: 'node',
    // CommonJS starts about ten milliseconds sooner than a module.
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
  const launcher = join(folder, EXECUTABLE);
  // Options meant for the caller's own node (a debugger, a preloaded script) must not reach the provider.
  // The small young generation saves a tenth of a warm provider's memory and costs no time.
  const node = `${shellQuoted(process.execPath)} --max-semi-space-size=2`;
  const script = `#!/bin/sh\nunset NODE_OPTIONS\nexec ${node} "\${0%/*}/${BUNDLE}" "$@"\n`;
  await writeFile(launcher, script);
  await chmod(launcher, 0o755);
}

/** `.terraform.lock.hcl` for a package, with the hash Terraform computes of an unpacked one. */
export async function lockFileFor(folder: string): Promise<string> {
  return `# Written when the provider is built; init runs with it as it is.

provider "${CATO_PROVIDER_ADDRESS}" {
  version     = "${CATO_PROVIDER_VERSION}"
  constraints = "${CATO_PROVIDER_VERSION}"
  hashes = [
    "${await directoryHash(folder)}",
  ]
}
`;
}

/** Terraform's `h1` scheme: the hash of a sorted list of file hashes and names. */
async function directoryHash(folder: string): Promise<string> {
  const list = createHash('sha256');
  for (const name of (await readdir(folder)).toSorted()) {
    const content = await readFile(join(folder, name));
    list.update(`${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  }
  return `h1:${list.digest('base64')}`;
}

function isSource(name: string): boolean {
  return name.endsWith(SOURCE_EXTENSION) && !/\.(spec|d)\.ts$|\.spec\.js$/.test(name);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
