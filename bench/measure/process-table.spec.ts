import { describe, expect, it } from 'vitest';
import { parseStat, parseStatus } from './process-table.js';

describe('process table', () => {
  it('reads times and the parent, whatever the process calls itself', () => {
    const text = '4133 (a (strange) name) S 4098 1 1 0 -1 4194304 9 8 7 6 120 30 400 50 20 0 1 0 99 1 2';
    expect(parseStat(text)).toEqual({ pid: 4133, parent: 4098, ownTicks: 150, childTicks: 450 });
  });

  it('reads memory in bytes', () => {
    const text = [
      'Name:\tterraform',
      'VmHWM:\t   61440 kB',
      'RssAnon:\t   20480 kB',
      'RssFile:\t   30720 kB',
      'RssShmem:\t       4 kB',
    ].join('\n');
    expect(parseStatus(text)).toEqual({
      peakBytes: 61_440 * 1024,
      privateBytes: 20_480 * 1024,
      sharedBytes: 30_724 * 1024,
    });
  });

  it('takes a process without memory of its own for empty', () => {
    expect(parseStatus('Name:\tkthreadd').peakBytes).toBe(0);
  });
});
