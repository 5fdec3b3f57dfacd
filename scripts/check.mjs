// The static checks. All of them run even if one fails, so that one run shows every fault.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './lib/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['apps', 'libs', 'sandbox', 'test', 'bench', 'chaos'].filter((folder) =>
  existsSync(join(root, folder)),
);

const checks = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'format', args: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'] },
  { name: 'lint', args: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--max-warnings', '0'] },
  {
    name: 'architecture',
    args: [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      ...folders,
    ],
  },
  { name: 'dead code', args: ['node_modules/knip/bin/knip.js'] },
];

const started = performance.now();
const results = new Map();
const waiting = [...checks];
// Two at a time: the checks are bound by the processor, and the small machines have two.
await Promise.all([drain(), drain()]);

const failed = checks.filter(({ name }) => results.get(name).code !== 0);
for (const { name } of failed) console.log(`\n--- ${name}\n${results.get(name).output.trimEnd()}`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const summary = checks.map(
  ({ name }) => `${name} ${failed.some((one) => one.name === name) ? 'FAILED' : 'ok'}`,
);
console.log(`\nStatic checks: ${summary.join(', ')} (${seconds} s)`);
process.exitCode = failed.length > 0 ? 1 : 0;

async function drain() {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    results.set(check.name, await capture(root, check.args));
  }
}
