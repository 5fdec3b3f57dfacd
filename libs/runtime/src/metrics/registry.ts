import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of this process. Libraries and apps register theirs here; `/metrics` prints it. */
export const metricsRegistry = new Registry();

let isCollecting = false;

/** Adds the metrics of the process itself (CPU, memory, event loop), once however many apps it runs. */
export function collectProcessMetrics(): void {
  if (isCollecting) return;
  isCollecting = true;
  collectDefaultMetrics({ register: metricsRegistry });
}
