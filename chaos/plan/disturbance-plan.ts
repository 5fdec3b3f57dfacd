import type { Random } from './random.js';

export const DISTURBANCES = [
  'executor_kill',
  'executor_machine_kill',
  'executor_freeze',
  'executor_drain',
  'programmer_kill',
  'programmer_freeze',
  'programmer_drain',
  'terraform_kill',
  'provider_kill',
  'gateway_kill',
  'gateway_drain',
  'connections_close',
  'messages_shuffle',
  'backend_kill',
  'broker_restart',
  'postgres_restart',
] as const;
export type DisturbanceKind = (typeof DISTURBANCES)[number];

/** Those that take several seconds, or need stores that are nobody else's. */
const STORE_RESTARTS = ['broker_restart', 'postgres_restart'] as const;
export const SERVICE_DISTURBANCES = DISTURBANCES.filter(
  (kind) => kind !== 'broker_restart' && kind !== 'postgres_restart' && kind !== 'backend_kill',
);

export interface PlannedDisturbance {
  kind: DisturbanceKind;
  atMs: number;
  /** For what the disturbance itself leaves to chance. */
  seed: number;
}

/** Each store fails once in so many rounds. */
const RESTART_EVERY = 6;

export function planDisturbances(
  random: Random,
  round: number,
  { loadMs, kinds }: { loadMs: number; kinds: readonly DisturbanceKind[] },
): PlannedDisturbance[] {
  const cheap = kinds.filter((kind) => !STORE_RESTARTS.some((restart) => restart === kind));
  const chosen = random.shuffled(cheap).slice(0, random.int(2, 5));
  const due = STORE_RESTARTS.filter(
    (kind, index) => kinds.includes(kind) && round % RESTART_EVERY === 2 + 3 * index,
  );
  // A restart takes the time of two others.
  const kept = due.length > 0 ? chosen.slice(0, 2) : chosen;
  return [...kept, ...due]
    .map((kind) => ({ kind, atMs: random.int(100, loadMs), seed: random.int(1, 1_000_000_000) }))
    .toSorted((one, other) => one.atMs - other.atMs);
}
