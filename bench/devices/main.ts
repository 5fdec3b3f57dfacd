import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CleanUp } from '../system/clean-up.js';
import { layFoundations } from '../system/foundations.js';
import { deviceBenchOptions, PARTS, USAGE, type DeviceBenchOptions } from './options.js';
import { measureOf, partLines, type PartResult } from './parts.js';

const say = (line: string): void => console.log(line);
const cleanUp = new CleanUp();

/** All parts that are asked for, one after another; what one has started ends with it. */
async function measure(options: DeviceBenchOptions): Promise<void> {
  const results: Record<string, PartResult> = {};
  for (const name of PARTS.filter((each) => options.parts.has(each))) {
    say(`${name} ...`);
    const ending = new CleanUp();
    cleanUp.add(() => ending.run(console.error));
    try {
      const foundations = await layFoundations({ cleanUp: ending, nodeOptions: '', say });
      const result = await measureOf[name](foundations, ending, options, say);
      results[name] = result;
      for (const line of partLines(name, result)) say(line);
    } finally {
      await ending.run(console.error);
    }
  }
  const figures = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.figures]));
  await mkdir(dirname(options.json), { recursive: true });
  await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  say(`The figures are in ${options.json}.`);
  const bars = Object.values(results).flatMap((result) => result.bars ?? []);
  if (bars.some(({ isMet }) => !isMet)) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp.run(console.error).then(() => process.exit(130)));
}
try {
  const options = deviceBenchOptions(process.argv.slice(2));
  if (options === undefined) say(USAGE);
  else await measure(options);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await cleanUp.run(console.error);
}
