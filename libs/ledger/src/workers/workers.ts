import type { Worker } from '@app/contracts';

/** What a worker says of itself. */
export interface WorkerReport {
  id: string;
  app: string;
  slots: number;
  busy: number;
  isDraining: boolean;
}

export interface WorkerQueries {
  /** Every worker that was seen lately, the dead ones included. */
  list(): Promise<Worker[]>;
}
