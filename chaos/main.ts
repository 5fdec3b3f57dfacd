import { CleanUp } from '../bench/system/clean-up.js';
import { runChaos } from './chaos.js';
import { BadArguments, chaosOptions, USAGE, type ChaosOptions } from './options.js';
import { Journal } from './report/journal.js';
import { renderSummary } from './report/summary.js';

const cleanUp = new CleanUp();
const say = (line: string): void => console.log(line);
const complain = (error: unknown): void => console.error(error);

async function run(options: ChaosOptions): Promise<void> {
  const results = options.isSummary ? [] : await runChaos({ options, cleanUp, say });
  say(`\n${renderSummary(options.isSummary ? new Journal(options.file).read() : results)}`);
  if (results.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
}

let options: ChaosOptions | undefined;
try {
  options = chaosOptions(process.argv.slice(2));
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
    await run(options);
  } catch (error) {
    complain(error);
    process.exitCode = 1;
  } finally {
    await cleanUp.run(complain);
  }
}
