import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc shows it. Times in clock ticks, since the process began. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  ownTicks: number;
  /** Of children that have ended and were waited for, with theirs. */
  childTicks: number;
}

export interface ProcessMemory {
  /** The most that was ever resident. */
  peakBytes: number;
  /** Resident now, and the process's alone. */
  privateBytes: number;
  /** Resident now, and perhaps other processes' as well. */
  sharedBytes: number;
}

/** Linux counts CPU time in hundredths of a second for user space, whatever its own clock. */
const TICKS_PER_SECOND = 100;

export const seconds = (ticks: number): number => ticks / TICKS_PER_SECOND;

/** Reads `/proc/<pid>/stat`; the name in it may hold spaces and brackets, so what counts begins after the last one. */
export function parseStat(text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number): number => Number(fields[index]);
  return {
    pid: Number.parseInt(text, 10),
    parent: at(1),
    ownTicks: at(11) + at(12),
    childTicks: at(13) + at(14),
  };
}

/** Reads `/proc/<pid>/status`. */
export function parseStatus(text: string): ProcessMemory {
  const bytes = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return Number(found?.[1] ?? 0) * 1024;
  };
  return {
    peakBytes: bytes('VmHWM'),
    privateBytes: bytes('RssAnon'),
    sharedBytes: bytes('RssShmem') + bytes('RssFile'),
  };
}

export function readProcesses(): ProcessEntry[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.flatMap((pid) => {
    const text = readIfThere(`/proc/${pid}/stat`);
    return text === undefined ? [] : [parseStat(text)];
  });
}

/** undefined for a process that has ended. */
export function readMemory(pid: number): ProcessMemory | undefined {
  const text = readIfThere(`/proc/${pid}/status`);
  return text === undefined ? undefined : parseStatus(text);
}

/** Children that the main thread of a process has started and not yet waited for. */
export function childrenOf(pid: number): number[] {
  const text = readIfThere(`/proc/${pid}/task/${pid}/children`) ?? '';
  return text
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);
}

export function commandLineOf(pid: number): string[] {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

/** A process may end while it is looked at. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
