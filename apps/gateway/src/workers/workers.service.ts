import type { Worker } from '@app/contracts';
import type { WorkerQueries } from '@app/ledger';
import { Inject, Injectable } from '@nestjs/common';

export const WORKER_QUERIES = Symbol('WorkerQueries');

@Injectable()
export class WorkersService {
  constructor(@Inject(WORKER_QUERIES) private readonly workers: WorkerQueries) {}

  async list(): Promise<{ items: Worker[] }> {
    return { items: await this.workers.list() };
  }
}
