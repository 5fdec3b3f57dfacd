import { fstatSync } from 'node:fs';

const POLL_MS = 1000;

/**
 * Calls back once the process that started this one is gone. There is no event for that, so the parent's id is
 * compared every second; the timer keeps nothing alive.
 */
export function onOwnerGone(gone: () => void, parentPid: () => number = () => process.ppid): void {
  const owner = parentPid();
  const timer = setInterval(() => {
    if (parentPid() === owner) return;
    clearInterval(timer);
    gone();
  }, POLL_MS);
  timer.unref();
}

/**
 * Calls back at the end of stdin if somebody holds its other end. Anything else (a terminal, a file, /dev/null)
 * says nothing about an owner and is not read.
 */
export function onStdinEnd(ended: () => void): void {
  const stats = fstatSync(0, { throwIfNoEntry: false });
  if (!stats?.isFIFO() && !stats?.isSocket()) return;
  process.stdin.on('end', ended);
  process.stdin.on('error', ended);
  process.stdin.resume();
}
