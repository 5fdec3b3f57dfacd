import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../sandbox/launcher/lock.js';
import { endLeftover, type ManagedProcess, startProcess } from '../../sandbox/services/managed-process.js';
import { runs } from '../../sandbox/services/process-table.js';
import { waitFor } from '../../sandbox/services/wait-for.js';

let folder: string;
let started: ManagedProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sitewright-processes-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((one) => one.stop({ signal: 'SIGKILL', graceMs: 0 })));
  rmSync(folder, { recursive: true, force: true });
});

const pidFile = () => join(folder, 'one.pid');
const logFile = () => join(folder, 'one.log');
const lock = () => join(folder, 'start.lock');
const marker = () => `marker-of-${folder}`;

/** A child that says when it listens for signals, so that none comes too early. */
async function child(onTerm: string): Promise<ManagedProcess> {
  const script = `process.on('SIGTERM', () => { ${onTerm} }); setInterval(() => {}, 1000); console.log('listening')`;
  const one = await startProcess({
    name: 'child',
    command: process.execPath,
    args: ['-e', script, marker()],
    env: process.env,
    pidFile: pidFile(),
    logFile: logFile(),
    marker: marker(),
  });
  started.push(one);
  await waitFor(() => readFileSync(logFile(), 'utf8').includes('listening'), {
    what: 'it',
    timeoutMs: 10_000,
  });
  return one;
}

const processGroup = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);

describe('startProcess', () => {
  it('gives the process a session of its own, out of reach of the terminal', async () => {
    const { pid } = await child('process.exit(0)');
    expect(processGroup(pid)).toBe(pid);
  });

  it('lets it end in order when it is asked to', async () => {
    const one = await child('console.log("drained"); process.exit(3)');
    expect(await one.stop({ signal: 'SIGTERM', graceMs: 10_000 })).toEqual({ code: 3, signal: null });
    expect(readFileSync(logFile(), 'utf8')).toContain('drained');
  });

  it('kills it when the grace is over', async () => {
    const one = await child('');
    expect(await one.stop({ signal: 'SIGTERM', graceMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('asks again instead of killing when it is told to hurry', async () => {
    const one = await child(
      'if (globalThis.asked) process.exit(4); globalThis.asked = true; console.log("once")',
    );
    const hurry = new AbortController();
    const stopped = one.stop({
      signal: 'SIGTERM',
      graceMs: 60_000,
      hurry: hurry.signal,
      hurried: { signal: 'SIGTERM', graceMs: 10_000 },
    });
    await waitFor(() => readFileSync(logFile(), 'utf8').includes('once'), { what: 'it', timeoutMs: 10_000 });
    hurry.abort();
    expect(await stopped).toEqual({ code: 4, signal: null });
  });

  it('says what could not be started', async () => {
    const missing = startProcess({
      name: 'RabbitMQ',
      command: '/nonexistent',
      args: [],
      env: {},
      pidFile: pidFile(),
      logFile: logFile(),
      marker: marker(),
    });
    await expect(missing).rejects.toThrow(/RabbitMQ could not be started/);
  });
});

describe('endLeftover', () => {
  const stop = { signal: 'SIGTERM', graceMs: 10_000 } as const;

  it('ends what an earlier start left behind', async () => {
    const one = await child('process.exit(0)');
    expect(await endLeftover(pidFile(), marker(), stop)).toBe(true);
    expect(runs(one.pid, marker())).toBe(false);
  });

  it('leaves a process alone that was given the number since', async () => {
    const one = await child('process.exit(0)');
    expect(await endLeftover(pidFile(), 'another marker', stop)).toBe(false);
    expect(runs(one.pid, marker())).toBe(true);
  });

  it.each([['nothing at all'], ['no number'], ['999999999']])(
    'does nothing with a pid file of %s',
    async (text) => {
      writeFileSync(pidFile(), text);
      expect(await endLeftover(pidFile(), marker(), stop)).toBe(false);
    },
  );
});

describe('takeLock', () => {
  it('refuses a second start while the first one runs, and names it', () => {
    const release = takeLock(lock(), process.argv0);
    expect(() => takeLock(lock(), process.argv0)).toThrow(new RegExp(`process ${process.pid}\\b`));
    release();
    takeLock(lock(), process.argv0)();
  });

  it.each([
    ['of a process that is gone', '999999999'],
    ['of a process that is another program by now', String(process.ppid)],
    ['that holds nothing', ''],
  ])('takes over a lock %s', (_case, text) => {
    writeFileSync(lock(), text);
    const release = takeLock(lock(), 'a marker that no process has');
    expect(readFileSync(lock(), 'utf8').trim()).toBe(String(process.pid));
    release();
  });
});
