import type { BreakerState, BreakerStatus, Lane, LaneLoad, Worker, WorkerCount } from '@app/contracts';
import type { Breaker } from '@app/ledger';

/** Every lane of a vendor, the empty ones too: who watches a lane must see it run dry. */
export const everyLane = (lanes: readonly Lane[], loads: readonly LaneLoad[]): LaneLoad[] =>
  lanes.map(
    (lane) =>
      loads.find((load) => load.lane === lane) ?? {
        lane,
        pending: 0,
        released: 0,
        inProgress: 0,
        oldestSeconds: null,
      },
  );

export const breakerStatus = ({ family, state, since, probeAt, error }: Breaker): BreakerStatus => ({
  family,
  state,
  since: since.toISOString(),
  probeAt: probeAt?.toISOString() ?? null,
  error,
});

const BY_SEVERITY: readonly BreakerState[] = ['open', 'half_open', 'closed'];

/** One word for all breakers of an account: the worst. */
export const worstState = (breakers: readonly { state: BreakerState }[]): BreakerState =>
  BY_SEVERITY.find((state) => breakers.some((breaker) => breaker.state === state)) ?? 'closed';

const sum = (workers: readonly Worker[], count: (worker: Worker) => number): number =>
  workers.reduce((total, worker) => total + count(worker), 0);

/** The workers that take work, by kind. */
export function workerCounts(workers: readonly Worker[]): WorkerCount[] {
  const alive = workers.filter(({ state }) => state === 'alive');
  return [...Map.groupBy(workers, ({ app }) => app).keys()].toSorted().map((app) => {
    const ours = alive.filter((worker) => worker.app === app);
    return {
      app,
      alive: ours.length,
      slots: sum(ours, ({ slots }) => slots),
      busy: sum(ours, ({ busy }) => busy),
    };
  });
}
