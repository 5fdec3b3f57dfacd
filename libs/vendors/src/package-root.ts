import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The project's folder. Terraform modules are read from their place in `libs/`, also by the compiled code, since
 * the compiler copies no `.tf` files.
 */
export function packageRoot(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'nest-cli.json')) || existsSync(join(from, 'package-lock.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('the project folder was not found');
  return packageRoot(parent);
}
