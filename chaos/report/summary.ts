import { percentile, sum } from '../../bench/measure/statistics.js';
import { renderTable } from '../../bench/report/table.js';
import type { RoundResult } from './journal.js';

/** What all rounds of a file come to. */
export function renderSummary(rounds: readonly RoundResult[]): string {
  if (rounds.length === 0) return 'No rounds.';
  return [
    renderTable([{ title: 'chaos' }, { title: '', align: 'right' }], totals(rounds)),
    renderTable(
      [{ title: 'disturbance' }, { title: 'done', align: 'right' }, { title: 'hit nothing', align: 'right' }],
      disturbances(rounds),
    ),
    violations(rounds),
  ].join('\n\n');
}

function totals(rounds: readonly RoundResult[]): string[][] {
  const total = (of: (round: RoundResult) => number): string => String(sum(rounds.map(of)));
  const byStatus = (of: (round: RoundResult) => Record<string, number>): string[][] => {
    const statuses = [...new Set(rounds.flatMap((round) => Object.keys(of(round))))].toSorted();
    return statuses.map((status) => [`  ${status}`, total((round) => of(round)[status] ?? 0)]);
  };
  const seconds = (share: number): string =>
    `${(
      percentile(
        rounds.map(({ durationMs }) => durationMs),
        share,
      ) / 1000
    ).toFixed(1)} s`;
  return [
    ['rounds', String(rounds.length)],
    ['requests', total(({ requests }) => requests.sent)],
    ['  accepted', total(({ requests }) => requests.accepted)],
    ['  answers lost', total(({ requests }) => requests.lostAnswers)],
    ['operations', total(({ operations }) => sum(Object.values(operations)))],
    ...byStatus(({ operations }) => operations),
    ['devices', total(({ devices }) => sum(Object.values(devices)))],
    ...byStatus(({ devices }) => devices),
    ['retries', total(({ retries }) => retries)],
    ['takeovers', total(({ takeovers }) => takeovers)],
    ['healed', total(({ healed }) => healed)],
    ['vendor faults', total(({ faults }) => sum(faults.map(({ fired }) => fired)))],
    ['round p50', seconds(0.5)],
    ['round p95', seconds(0.95)],
    ['violations', total((round) => round.violations.length)],
  ];
}

function disturbances(rounds: readonly RoundResult[]): string[][] {
  const all = rounds.flatMap((round) => round.disturbances);
  const kinds = [...new Set(all.map(({ kind }) => kind))].toSorted();
  return kinds.map((kind) => {
    const ofKind = all.filter((one) => one.kind === kind);
    const hits = ofKind.filter(({ hit }) => hit).length;
    return [kind, String(hits), String(ofKind.length - hits)];
  });
}

function violations(rounds: readonly RoundResult[]): string {
  const lines = rounds.flatMap(({ seed, round, violations: found }) =>
    found.map(({ invariant, message }) => `seed ${seed} round ${round}: ${invariant}: ${message}`),
  );
  return lines.length === 0 ? 'No violation.' : lines.join('\n');
}
