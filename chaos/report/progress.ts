import type { RoundResult } from './journal.js';

/** A round as one line. */
export function progressLine(result: RoundResult): string {
  const { round, durationMs, quietAfterMs, disturbances, operations, retries, takeovers, healed } = result;
  const last = result.waitedFor === undefined ? '' : `, waiting for ${result.waitedFor}`;
  const ends = Object.entries(operations).map(([status, count]) => `${count} ${status}`);
  const kinds = disturbances.map(({ kind, hit }) => (hit ? kind : `(${kind})`));
  return [
    `round ${round}`,
    `${(durationMs / 1000).toFixed(1)} s (quiet after ${(quietAfterMs / 1000).toFixed(1)} s${last})`,
    kinds.join(' '),
    ends.join(', '),
    `${retries} retries, ${takeovers} takeovers, ${healed} healed`,
    `${result.violations.length} violations`,
  ].join(' · ');
}

/** Everything that is needed to look into a round. */
export function violationReport({
  seed,
  round,
  disturbances,
  faults,
  violations,
  logs,
}: RoundResult): string {
  return [
    `  repeat it: npm run chaos -- --seed ${seed} --from ${round} --rounds 1`,
    ...(logs === undefined ? [] : [`  logs: ${logs}`]),
    ...disturbances.map(
      ({ kind, atMs, endedAtMs, detail }) => `  ${atMs} to ${endedAtMs} ms: ${kind}: ${detail}`,
    ),
    ...faults.map(({ what, fired }) => `  vendor: ${what}, ${fired} times`),
    ...violations.map(
      ({ invariant, message, ids }) =>
        `  VIOLATION ${invariant}: ${message}${ids.length === 0 ? '' : ` [${ids.join(' ')}]`}`,
    ),
  ].join('\n');
}
