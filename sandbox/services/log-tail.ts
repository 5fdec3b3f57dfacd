import { readFileSync } from 'node:fs';

/** The last lines of a log file under a heading that names it. */
export function logTail(file: string, lines = 20): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return `There is no log in ${file}.`;
  }
  const tail = text.trimEnd().split('\n').slice(-lines);
  return [`The end of ${file}:`, ...tail.map((line) => `  ${line}`)].join('\n');
}
