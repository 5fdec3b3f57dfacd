import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { runBench } from './bench.js';
import { BadArguments, benchOptions, USAGE, type BenchOptions } from './options.js';
import { faultsOf, summaryOf } from './report/figures.js';
import { renderReport } from './report/report.js';
import { CleanUp } from './system/clean-up.js';

const cleanUp = new CleanUp();
const say = (line: string): void => console.log(line);
const complain = (error: unknown): void => console.error(error);

async function measure(options: BenchOptions): Promise<void> {
  const results = await runBench({ options, cleanUp, say });
  await mkdir(dirname(options.jsonFile), { recursive: true });
  await writeFile(
    options.jsonFile,
    `${JSON.stringify({ summary: summaryOf(results), ...results }, null, 2)}\n`,
  );
  say(`\n${renderReport(results)}\n\nThe figures are in ${options.jsonFile}.`);
  const faults = faultsOf(results);
  for (const fault of faults) complain(fault);
  if (faults.length > 0) process.exitCode = 1;
}

let options: BenchOptions | undefined;
try {
  options = benchOptions(process.argv.slice(2));
  if (options === undefined) say(USAGE);
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

if (options !== undefined) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp.run(complain).then(() => process.exit(130)));
  }
  try {
    await measure(options);
  } catch (error) {
    complain(error);
    process.exitCode = 1;
  } finally {
    await cleanUp.run(complain);
  }
}
