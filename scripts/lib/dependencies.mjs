import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Runs `npm ci` unless node_modules already holds what package-lock.json asks for. */
export async function installDependencies(root) {
  const stamp = join(root, 'node_modules', '.sitewright-installed');
  const wanted = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedByHand(root)) {
    console.log('Installing the npm dependencies (once; about a minute) ...');
    await npmCi(root);
  }
  writeFileSync(stamp, wanted);
}

/** Native packages differ by platform, so a folder copied from another machine counts as not installed. */
function fingerprint(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
}

/** npm leaves its own lock file in node_modules: newer than ours means that someone ran `npm install`. */
function installedByHand(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  const node = join(root, 'node_modules', '.bin', 'node');
  return (
    existsSync(hidden) &&
    existsSync(node) &&
    statSync(hidden).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  );
}

async function npmCi(root) {
  // The development dependencies are the tools that everything runs with, whatever NODE_ENV says; engine
  // warnings are about the Node that begins, not the one that the project runs on.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npmScript = process.env.npm_execpath;
  const [command, prefix] =
    npmScript && /npm-cli\.c?js$/.test(npmScript) ? [process.execPath, [npmScript]] : [npmOnPath(), []];
  const output = [];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, [...prefix, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    const tail = Buffer.concat(output).toString().trimEnd().split('\n').slice(-30).join('\n');
    throw new Error(`${tail}\nnpm ci failed (exit code ${code}).`);
  }
}

/** The npm beside the running Node, or the one on PATH. */
function npmOnPath() {
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path));
  if (!found) throw new Error('npm was not found: install it (it comes with Node) or put it on PATH.');
  return found;
}
