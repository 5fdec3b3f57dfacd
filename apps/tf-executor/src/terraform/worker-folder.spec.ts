import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { abandonedWorkerFolders, createWorkerFolder } from './worker-folder.js';

/** Enough for some of the looks to fall into the middle of a start. */
const ROUNDS = 40;
const LOOKS = 5;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'worker-folder-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('executors that start at the same time do not take each other’s folders for abandoned', async () => {
  const own = await createWorkerFolder(directory, process.pid);
  const abandoned: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [, ...found] = await Promise.all([
      createWorkerFolder(directory, process.pid),
      ...Array.from({ length: LOOKS }, () => abandonedWorkerFolders(directory, own)),
    ]);
    abandoned.push(...found.flat());
  }
  expect(abandoned).toEqual([]);
  expect(await readdir(directory)).toHaveLength(1 + ROUNDS);
});
