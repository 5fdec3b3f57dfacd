// `npm test`: the static checks, the unit tests, then the tests on real services. Everything runs, whatever
// failed before; only a failed build leaves the last part out, because those tests start what was built.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfChanged } from './lib/build.mjs';
import { run } from './lib/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 'sitewright-reports-'));
const totals = { passed: 0, failed: 0 };
let succeeded = true;

/** Counts what a vitest run reports; a file or a run that fails before its first test counts as one failure. */
function count(report, code) {
  let failed = 0;
  if (report) {
    totals.passed += report.numPassedTests;
    const brokenFiles = report.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    );
    failed = report.numFailedTests + brokenFiles.length;
  }
  totals.failed += code === 0 ? failed : Math.max(failed, 1);
}

async function vitest(project) {
  const file = join(reports, `${project}.json`);
  const args = ['run', '--project', project];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await run(root, ['node_modules/vitest/vitest.mjs', ...args, ...reporters]);
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  count(report, code);
  succeeded &&= code === 0;
}

try {
  console.log('Static checks ...');
  const checksPassed = (await run(root, ['scripts/check.mjs'])) === 0;
  succeeded &&= checksPassed;
  console.log('\nUnit tests ...');
  await vitest('unit');
  try {
    await buildIfChanged(root);
    console.log('\nTests on PostgreSQL, RabbitMQ and Terraform ...');
    await vitest('integration');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    count(undefined, 1);
    succeeded = false;
  }
  if (!checksPassed) console.log('\nThe static checks failed (shown above).');
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
} finally {
  rmSync(reports, { recursive: true, force: true });
}
process.exitCode = succeeded ? 0 : 1;
