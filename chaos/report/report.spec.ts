import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, type RoundResult } from './journal.js';
import { progressLine, violationReport } from './progress.js';
import { renderSummary } from './summary.js';

const result = (over: Partial<RoundResult> = {}): RoundResult => ({
  seed: 1,
  round: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 10_000,
  quietAfterMs: 2_000,
  disturbances: [
    { kind: 'executor_kill', atMs: 100, endedAtMs: 900, hit: true, detail: 'tf-executor-2' },
    { kind: 'terraform_kill', atMs: 200, endedAtMs: 3_200, hit: false, detail: 'none ran' },
  ],
  faults: [{ what: 'status 503 of *', fired: 3 }],
  requests: { sent: 30, accepted: 25, refused: 5, lostAnswers: 4 },
  operations: { succeeded: 20, failed: 1 },
  devices: { succeeded: 30, superseded: 2 },
  retries: 6,
  takeovers: 2,
  healed: 1,
  violations: [],
  ...over,
});
const broken = result({
  round: 1,
  durationMs: 20_000,
  violations: [{ invariant: 'states', message: 'serial 1 follows 1', ids: ['resource-1'] }],
  logs: '/logs',
});

describe('the journal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chaos-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('adds up over several runs', () => {
    const file = join(folder, 'deep', 'chaos.jsonl');
    expect(new Journal(file).read()).toEqual([]);
    new Journal(file).append(result());
    new Journal(file).append(broken);
    expect(new Journal(file).read()).toEqual([result(), broken]);
  });
});

describe('the summary', () => {
  it('counts rounds, operations, disturbances and violations', () => {
    const text = renderSummary([result(), broken]);
    for (const line of [
      /^rounds +2$/m,
      /^operations +42$/m,
      /^ {2}succeeded +40$/m,
      /^devices +64$/m,
      /^ {2}superseded +4$/m,
      /^takeovers +4$/m,
      /^round p50 +15\.0 s$/m,
      /^violations +1$/m,
      /^executor_kill +2 +0$/m,
      /^terraform_kill +0 +2$/m,
      /^seed 1 round 1: states: serial 1 follows 1$/m,
    ]) {
      expect(text).toMatch(line);
    }
  });

  it('says that there is nothing', () => {
    expect(renderSummary([])).toBe('No rounds.');
    expect(renderSummary([result()])).toContain('No violation.');
  });
});

it('a round is one line, with what hit nothing in brackets', () => {
  const line = progressLine(result());
  expect(line).not.toContain('\n');
  expect(line).toContain('executor_kill (terraform_kill)');
});

it('a violation comes with all that is needed to see it again', () => {
  const report = violationReport(broken);
  for (const part of [
    '--seed 1 --from 1 --rounds 1',
    'logs: /logs',
    '100 to 900 ms: executor_kill: tf-executor-2',
    'status 503 of *, 3 times',
    'VIOLATION states: serial 1 follows 1 [resource-1]',
  ]) {
    expect(report).toContain(part);
  }
});
