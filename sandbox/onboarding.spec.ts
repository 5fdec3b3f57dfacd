import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vendors } from '@app/vendors';
import { expect, it } from 'vitest';
import { repositoryRoot } from './services/repository-root.js';
import { discoverSimulators } from './simulators.js';

/** The vendor that was added by adding folders, as any other one can be (docs/adding-a-vendor.md). */
const ADDED = 'meraki';

/** Where it may be named: its folders, what is written about it, and tests. */
const MAY_NAME_IT = [
  `libs/vendors/src/${ADDED}/`,
  `sandbox/${ADDED}/`,
  'docs/',
  'test/',
  'CHANGELOG.md',
  'README.md',
];
const mayNameIt = (path: string): boolean =>
  path.endsWith('.spec.ts') || MAY_NAME_IT.some((place) => path.startsWith(place));

const root = repositoryRoot();

/** All files of the project, those not committed yet among them, without the ones that are deleted, and links. */
function projectFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed
    .split('\0')
    .filter((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

it('a vendor is added by adding folders: nothing else of the project names it', () => {
  const files = projectFiles();
  expect(files).toContain(`libs/vendors/src/${ADDED}/vendor.ts`);
  const naming = files
    .filter((path) => !mayNameIt(path))
    .filter((path) => `${path}\n${readFileSync(join(root, path), 'utf8')}`.toLowerCase().includes(ADDED));
  expect(naming).toEqual([]);
});

it('every vendor has a simulator, at the address that it names', async () => {
  const simulators = await discoverSimulators();
  const simulated = simulators.map(({ vendor, defaultPort, basePath }) => [
    vendor,
    `http://127.0.0.1:${defaultPort}${basePath}`,
  ]);
  const named = [...vendors.values()].map(({ id, sandboxBaseUrl }) => [id, sandboxBaseUrl]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(simulated));
});
