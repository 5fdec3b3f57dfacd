// The way into every npm script: whatever Node the machine has (20 or newer), this installs the npm
// dependencies when they are missing, goes on under the Node that the project pins, builds what changed
// and runs the command. It needs nothing but Node itself, since it runs before anything is installed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfChanged } from './lib/build.mjs';
import { installDependencies } from './lib/dependencies.mjs';
import { run } from './lib/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each command runs, and whether the bootstrap builds for it first. */
const commands = {
  start: { entry: 'dist/sandbox/start.js', build: true },
  test: { entry: 'scripts/test.mjs', build: false },
  bench: { entry: 'dist/bench/main.js', build: true },
  'bench:devices': { entry: 'dist/bench/devices/main.js', build: true },
  'seed:scale': { entry: 'dist/bench/scale/main.js', build: true },
  chaos: { entry: 'dist/chaos/main.js', build: true },
};

async function main([name, ...args]) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(`Sitewright needs Node 20 or newer to begin with; this is ${process.version}.`);
  }
  const command = commands[name];
  if (!command) throw new Error(`Usage: node scripts/bootstrap.mjs <${Object.keys(commands).join('|')}>`);
  await installDependencies(root);
  if (command.build) await buildIfChanged(root);
  if (!existsSync(join(root, command.entry)))
    throw new Error(`"${name}" has nothing to run: ${command.entry}`);
  return run(root, [command.entry, ...args]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
