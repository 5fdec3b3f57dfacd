import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The project's folder, above the sources as above the build. */
export function repositoryRoot(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'package-lock.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the project folder was not found');
  return repositoryRoot(parent);
}
