import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { capture } from './run.mjs';

const SOURCE_FOLDERS = ['apps', 'libs', 'sandbox', 'bench', 'chaos'];
const BUILD_FILES = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds everything into dist/ unless dist/ was built from these very sources. */
export async function buildIfChanged(root) {
  const stamp = join(root, 'dist', '.built-from');
  const sources = sourceHash(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  console.log('Building ...');
  const { code, output } = await capture(root, ['node_modules/@nestjs/cli/bin/nest.js', 'build']);
  if (code !== 0) throw new Error(`${output.trimEnd()}\nThe build failed.`);
  removeOrphans(root);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, sources);
}

/**
 * A built file whose source is gone must not stay, since something could still load it. Only those go: what
 * runs from dist/ at this moment keeps its files.
 */
function removeOrphans(root) {
  for (const folder of SOURCE_FOLDERS) {
    for (const path of filesBelow(join(root, 'dist', folder))) {
      const source = join(root, relative(join(root, 'dist'), path)).replace(/\.js(\.map)?$/, '.ts');
      if (!existsSync(source)) rmSync(path);
    }
  }
}

function sourceHash(root) {
  const hash = createHash('sha256');
  const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(join(root, folder))).filter(isBuilt);
  const files = [...BUILD_FILES.map((name) => join(root, name)), ...sources];
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

const isBuilt = (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts');

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
