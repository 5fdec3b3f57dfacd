import { describe, expect, it } from 'vitest';
import { mapKinds } from '../measure/usage.js';
import type { Block, Results } from '../results.js';
import { asShipped, cpuPerOperation, faultsOf, ofFloor, summaryOf, terraformCpuShare } from './figures.js';
import { renderReport } from './report.js';

/** So many in so many seconds; every kind of process used as much CPU, Terraform twice as much. */
const block = (count: number, seconds: number): Block => ({
  count,
  durationMs: seconds * 1000,
  cpu: mapKinds((kind) => (kind === 'terraform' ? 2 : 1)),
});
const operations = [{ queuedMs: 5, runMs: 200, terraformMs: 120 }];
const ours = (count: number, seconds: number) => ({ ...block(count, seconds), operations });

const results: Results = {
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 100_000,
  machine: { cpus: 2, model: 'a processor', memoryBytes: 1, platform: 'linux-x64', node: 'v24.0.0' },
  terraform: { version: '1.11.4', providers: 'warm' },
  settings: {
    parts: ['e2e'],
    executors: 1,
    slots: 2,
    rounds: 3,
    sites: 60,
    warmUpSites: 4,
    peerRuns: 10,
    requests: 100,
    clients: 8,
    idleRuns: 10,
    hasWarmProviders: true,
    jsonFile: 'results.json',
    profileDirectory: undefined,
  },
  endToEnd: {
    create: [ours(60, 10), ours(60, 20), ours(60, 10)],
    update: [ours(60, 20)],
    delete: [ours(60, 20)],
  },
  peakMemory: mapKinds(() => 1024 * 1024),
  floor: [block(60, 8), block(60, 10), block(60, 8)],
  peers: [
    {
      id: 'slow',
      name: 'Slow',
      processes: 5,
      fixedWaitMs: 28_000,
      blocks: [block(10, 10), block(10, 10), block(10, 10)],
    },
  ],
  gateway: undefined,
  idle: undefined,
  vendor: {
    calls: 9,
    refused: 0,
    accounts: 60,
    sites: 3,
    expectedSites: 3,
    bgpPeers: 6,
    expectedBgpPeers: 6,
  },
};

describe('report', () => {
  it('compares within rounds before it takes the median', () => {
    expect(ofFloor(results)).toBeCloseTo(0.8);
    expect(summaryOf(results).timesPeers).toEqual({ slow: 6 });
  });

  it('spreads CPU time over the operations', () => {
    expect(cpuPerOperation(results.floor).terraform).toBeCloseTo(6 / 180);
    expect(terraformCpuShare(results.floor)).toBeCloseTo(0.2);
  });

  it('adds fixed waits to a peer’s own time', () => {
    const [peer] = results.peers;
    expect(peer && asShipped(results, peer)).toBeCloseTo(4);
  });

  it('prints the aims beside the figures', () => {
    const text = renderReport(results);
    expect(text).toMatch(/site creates, end to end\s+360.*≥ 300: reached/);
    expect(text).toMatch(/floor: terraform apply alone\s+450.*× 0\.80\s+× 1\.00\s+≥ 0\.6: reached/);
    expect(text).toMatch(/Slow: 5 processes\s+60\.0.*× 6\.00\s+× 6\.00\s+≥ 2\.5: reached/);
    expect(text).toMatch(/Slow with its waits of 28\.0 s \(computed\)\s+4\.00/);
  });

  it('leaves out what was not measured', () => {
    const bare = { ...results, endToEnd: { create: [], update: [], delete: [] }, peers: [] };
    const text = renderReport(bare);
    expect(text).not.toMatch(/creates, end to end|CPU ms|NaN|×/);
    expect(text).toMatch(/floor/);
  });

  it('finds nothing wrong with a run without refusals and strays', () => {
    expect(faultsOf(results)).toEqual([]);
  });

  it.each([
    ['a refused call', { refused: 2 }, /refused 2 of 9/],
    ['a site too many', { sites: 4 }, /holds 4 sites; 3/],
    ['a peer too few', { bgpPeers: 5 }, /holds 5 BGP peers; 6/],
  ])('%s makes the run a failure', (_name, change, message) => {
    expect(faultsOf({ ...results, vendor: { ...results.vendor, ...change } })[0]).toMatch(message);
  });
});
