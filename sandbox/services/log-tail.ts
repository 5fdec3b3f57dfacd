import { readFileSync } from 'node:fs';

const MAX_LINE_LENGTH = 300;

/** The last lines of a log file under a heading that names it. */
export function logTail(file: string, lines = 20): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return `There is no log in ${file}.`;
  }
  const tail = text.trimEnd().split('\n').slice(-lines).map(shortened);
  return [`The end of ${file}:`, ...tail.map((line) => `  ${line}`)].join('\n');
}

/** Erlang puts whole data structures on one line. */
const shortened = (line: string): string =>
  line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH)}…` : line;
