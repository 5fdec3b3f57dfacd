import { total, type CpuByKind, type Kind } from '../measure/usage.js';
import type { Block, Results } from '../results.js';
import { perMinute } from '../measure/statistics.js';
import {
  AIMS,
  asShipped,
  cpuPerOperation,
  kindsWithFigures,
  medianRate,
  ofFloor,
  percentiles,
  terraformCpuShare,
  terraformTimeShare,
  timesOurCpu,
  timesPeer,
} from './figures.js';
import { figure, renderTable } from './table.js';

/** Everything as text, with the aims beside the figures. */
export function renderReport(results: Results): string {
  return [heading(results), throughput(results), cost(results), answers(results), vendor(results)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function heading({ machine, terraform, settings, durationMs }: Results): string {
  const { executors, slots, rounds } = settings;
  return [
    `${machine.cpus} cores (${machine.model}), Node ${machine.node}, Terraform ${terraform.version}, ${terraform.providers} providers`,
    `${executors} executors, ${slots} runs at a time in each; medians of ${rounds} rounds; ${figure(durationMs / 1000)} s in all`,
  ].join('\n');
}

function throughput(results: Results): string {
  const { endToEnd, floor, peers } = results;
  const hasOurs = endToEnd.create.length > 0;
  const rows: string[][] = [];
  const add = (what: string, blocks: readonly Block[], ratios: string[] = ['', ''], aim = ''): void => {
    if (blocks.length === 0) return;
    const cpu = figure(total(cpuPerOperation(blocks)));
    rows.push([what, figure(medianRate(blocks)), cpu, ...ratios, aim]);
  };
  /** With how our creates compare, when there are any. */
  const compare = (what: string, blocks: readonly Block[], ratio: number, aim: number): void => {
    const times = [ratio, timesOurCpu(results, blocks)].map((value) => `× ${figure(value)}`);
    if (hasOurs) add(what, blocks, times, atLeast(aim, ratio));
    else add(what, blocks);
  };
  const createAim = atLeast(AIMS.createsPerMinute, medianRate(endToEnd.create));
  add('site creates, end to end', endToEnd.create, undefined, createAim);
  add('site edits, end to end', endToEnd.update);
  add('site deletes, end to end', endToEnd.delete);
  compare('floor: terraform apply alone', floor, ofFloor(results), AIMS.ofFloor);
  for (const peer of peers) {
    const what = `${peer.name}: ${peer.processes} processes`;
    compare(what, peer.blocks, timesPeer(results, peer), AIMS.timesPeer);
    const shipped = asShipped(results, peer);
    if (shipped !== undefined && peer.blocks.length > 0) {
      const waits = figure((peer.fixedWaitMs ?? 0) / 1000);
      rows.push([`${peer.name} with its waits of ${waits} s (computed)`, figure(shipped)]);
    }
  }
  if (rows.length === 0) return '';
  return renderTable(
    [
      { title: 'Throughput' },
      { title: 'a minute', align: 'right' },
      { title: 'CPU s each', align: 'right' },
      { title: 'our creates', align: 'right' },
      { title: 'by CPU', align: 'right' },
      { title: 'aim' },
    ],
    rows,
  );
}

function cost({ endToEnd, peakMemory, floor }: Results): string {
  const { create, update, delete: deletes } = endToEnd;
  if (create.length === 0) return '';
  const used = [create, update, deletes].map(cpuPerOperation);
  const [creating] = used;
  if (creating === undefined) return '';
  const bare = floor.length > 0 ? cpuPerOperation(floor) : undefined;
  const row = (kind: Kind): string[] => [
    kind,
    ...used.map((one) => milliseconds(one[kind])),
    bare === undefined ? '' : milliseconds(bare[kind]),
    megabytes(peakMemory, kind),
  ];
  return renderTable(
    [
      { title: 'CPU ms per operation' },
      { title: 'create', align: 'right' },
      { title: 'edit', align: 'right' },
      { title: 'delete', align: 'right' },
      { title: 'floor', align: 'right' },
      { title: 'peak MB', align: 'right' },
    ],
    [
      ...kindsWithFigures(creating).map(row),
      ['all', ...used.map(totals), bare === undefined ? '' : totals(bare)],
      [
        'of it Terraform',
        ...[create, update, deletes].map(cpuShare),
        floor.length > 0 ? cpuShare(floor) : '',
      ],
      [
        'of a run’s time Terraform',
        ...[create, update, deletes].map((blocks) => percent(terraformTimeShare(blocks))),
      ],
    ],
  );
}

function answers({ gateway, idle }: Results): string {
  const rows: string[][] = [];
  const add = (what: string, values: readonly number[], count: string): void => {
    const { p50, p95, p99 } = percentiles(values);
    rows.push([what, count, figure(p50), figure(p95), figure(p99)]);
  };
  if (gateway) {
    const rate = perMinute(gateway.requests, gateway.durationMs) / 60;
    add(`a create is accepted, ${gateway.clients} at a time`, gateway.latenciesMs, `${figure(rate)}/s`);
  }
  if (idle) {
    const runs = `${idle.totalMs.length} runs`;
    add('idle: request to Terraform process', idle.fromRequestMs, runs);
    add('idle: accepted to Terraform process', idle.fromAcceptMs, runs);
    add('idle: accepted to settled', idle.totalMs, runs);
  }
  if (rows.length === 0) return '';
  return renderTable(
    [
      { title: 'Milliseconds' },
      { title: 'rate', align: 'right' },
      { title: 'p50', align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'p99', align: 'right' },
    ],
    rows,
  );
}

const vendor = ({ vendor: { calls, refused, accounts } }: Results): string =>
  `${calls} calls to the vendor by ${accounts} accounts within its limits; ${refused} refused`;

const atLeast = (aim: number, value: number): string => `≥ ${aim}: ${value >= aim ? 'reached' : 'missed'}`;
const totals = (used: CpuByKind): string => milliseconds(total(used));
const cpuShare = (blocks: readonly Block[]): string => percent(terraformCpuShare(blocks));
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const milliseconds = (used: number): string => figure(used * 1000);
const megabytes = (peaks: CpuByKind | undefined, kind: Kind): string =>
  peaks === undefined ? '' : figure(peaks[kind] / 1024 / 1024);
