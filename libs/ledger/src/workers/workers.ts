import type { Worker } from '@app/contracts';

export interface WorkerQueries {
  /** Every worker that was seen lately, the dead ones included. */
  list(): Promise<Worker[]>;
}
