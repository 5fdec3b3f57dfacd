import { median, perMinute, percentile, ratios, sum } from '../measure/statistics.js';
import { KINDS, mapKinds, total, type CpuByKind } from '../measure/usage.js';
import type { Block, EndToEndBlockResult, PeerResult, Results } from '../results.js';
import { boundWithWaits } from '../terraform/peer-sequences.js';

/** What we aim at, on a machine of two cores. */
export const AIMS = { createsPerMinute: 300, ofFloor: 0.6, timesPeer: 2.5 } as const;

export const rates = (blocks: readonly Block[]): number[] =>
  blocks.map(({ count, durationMs }) => perMinute(count, durationMs));

export const medianRate = (blocks: readonly Block[]): number => median(rates(blocks));

/** CPU-seconds per operation, by kind. */
export function cpuPerOperation(blocks: readonly Block[]): CpuByKind {
  const count = sum(blocks.map((block) => block.count));
  return mapKinds((kind) => sum(blocks.map(({ cpu }) => cpu[kind])) / count);
}

/** Which part of all CPU time was Terraform's own. */
export function terraformCpuShare(blocks: readonly Block[]): number {
  const used = cpuPerOperation(blocks);
  return used.terraform / total(used);
}

/** Which part of a run's time Terraform was planning or applying, at the median. */
export const terraformTimeShare = (blocks: readonly EndToEndBlockResult[]): number =>
  median(blocks.flatMap(({ operations }) => operations).map(({ runMs, terraformMs }) => terraformMs / runMs));

/** Our creates as a part of what bare Terraform reaches, at the median of the rounds. */
export const ofFloor = ({ endToEnd, floor }: Results): number =>
  median(ratios(rates(endToEnd.create), rates(floor)));

/** How many times faster our creates are than a peer's sequence, at the median of the rounds. */
export const timesPeer = ({ endToEnd }: Results, peer: PeerResult): number =>
  median(ratios(rates(endToEnd.create), rates(peer.blocks)));

/**
 * How many times the CPU of one of our creates something takes. Other work on the machine hardly changes it; where CPU
 * is what limits both, the speeds are in this proportion.
 */
export const timesOurCpu = ({ endToEnd }: Results, blocks: readonly Block[]): number =>
  total(cpuPerOperation(blocks)) / total(cpuPerOperation(endToEnd.create));

/** Runs a minute with the waits that the peer has by design, as it is shipped. */
export function asShipped({ settings }: Results, { blocks, fixedWaitMs }: PeerResult): number | undefined {
  if (fixedWaitMs === undefined) return undefined;
  const atATime = settings.executors * settings.slots;
  const runMs = (60_000 * atATime) / medianRate(blocks);
  return boundWithWaits(runMs, fixedWaitMs, atATime);
}

/** What must not happen in a run that counts. Failed operations have ended it already. */
export function faultsOf({ vendor }: Results): string[] {
  const { calls, refused, sites, expectedSites, bgpPeers, expectedBgpPeers } = vendor;
  return [
    ...(refused > 0 ? [`the vendor has refused ${refused} of ${calls} calls`] : []),
    ...(sites === expectedSites ? [] : [`the vendor holds ${sites} sites; ${expectedSites} should be there`]),
    ...(bgpPeers === expectedBgpPeers
      ? []
      : [`the vendor holds ${bgpPeers} BGP peers; ${expectedBgpPeers} should be there`]),
  ];
}

export const percentiles = (values: readonly number[]): { p50: number; p95: number; p99: number } => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  p99: percentile(values, 0.99),
});

/** The kinds that were measured at all. */
export const kindsWithFigures = (used: CpuByKind): (keyof CpuByKind)[] =>
  KINDS.filter((kind) => used[kind] > 0);

/** The figures that one looks for first. */
export function summaryOf(results: Results) {
  const { endToEnd, floor, peers, gateway, idle } = results;
  const { create, update, delete: deletes } = endToEnd;
  return {
    perMinute: {
      create: medianRate(create),
      update: medianRate(update),
      delete: medianRate(deletes),
      floor: medianRate(floor),
      peers: Object.fromEntries(peers.map(({ id, blocks }) => [id, medianRate(blocks)])),
    },
    cpuSeconds: {
      create: total(cpuPerOperation(create)),
      update: total(cpuPerOperation(update)),
      delete: total(cpuPerOperation(deletes)),
      floor: total(cpuPerOperation(floor)),
      peers: Object.fromEntries(peers.map(({ id, blocks }) => [id, total(cpuPerOperation(blocks))])),
    },
    terraformShareOfCpu: terraformCpuShare(create),
    terraformShareOfTime: terraformTimeShare(create),
    ofFloor: ofFloor(results),
    timesPeers: Object.fromEntries(peers.map((peer) => [peer.id, timesPeer(results, peer)])),
    floorTimesOurCpu: timesOurCpu(results, floor),
    peersTimesOurCpu: Object.fromEntries(peers.map(({ id, blocks }) => [id, timesOurCpu(results, blocks)])),
    acceptedPerSecond: gateway && perMinute(gateway.requests, gateway.durationMs) / 60,
    acceptMs: gateway && percentiles(gateway.latenciesMs),
    requestToTerraformMs: idle && percentiles(idle.fromRequestMs),
    aims: AIMS,
  };
}
