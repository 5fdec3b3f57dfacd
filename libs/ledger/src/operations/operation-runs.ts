import { OperationError, OperationRun } from '@app/contracts';

export interface OperationEventRow {
  type: string;
  data: Record<string, unknown>;
  createdAt: Date;
}

/** How a run can end, by the event that says so. */
const OUTCOMES: ReadonlySet<string> = new Set(OperationRun.shape.outcome.options);

/** The runs that an operation's events tell of, oldest first. */
export function runsOf(events: readonly OperationEventRow[]): OperationRun[] {
  const runs: OperationRun[] = [];
  let running: OperationRun | undefined;
  for (const { type, data, createdAt } of events) {
    const at = createdAt.toISOString();
    if (type === 'claimed') {
      running = { workerId: String(data['workerId']), startedAt: at, endedAt: null, outcome: 'running' };
      runs.push(running);
    } else if (running !== undefined && type === 'applying' && typeof data['attempt'] === 'number') {
      running.attempt = data['attempt'];
    } else if (running !== undefined && OUTCOMES.has(type)) {
      const error = errorOf(type, data);
      Object.assign(running, {
        endedAt: at,
        outcome: OperationRun.shape.outcome.parse(type),
        ...(error && { error }),
      });
      running = undefined;
    }
  }
  return runs;
}

/** A final event is its error; the others carry it beside other facts. */
function errorOf(type: string, data: Record<string, unknown>): OperationError | undefined {
  const isFinal = type === 'failed' || type === 'timed_out' || type === 'cancelled';
  const found = OperationError.safeParse(isFinal ? data : data['error']);
  return found.success ? found.data : undefined;
}
