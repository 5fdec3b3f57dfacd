import { failureReport } from '@app/runtime';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { WorkersRepository } from './workers.repository.js';
import type { WorkerReport } from './workers.js';

/** A worker, and how to ask it for its load. */
export interface WorkerSelf {
  id: string;
  app: string;
  load: () => Pick<WorkerReport, 'slots' | 'busy' | 'isDraining'>;
}

/** Several of them fit into the time after which a worker counts as dead. */
const REPORT_EVERY_MS = 5_000;

/** Tells the ledger that this worker is alive, and when it goes. */
export class WorkerRegistration implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(WorkerRegistration.name);
  private timer: NodeJS.Timeout | undefined;
  private reporting: Promise<void> | undefined;

  constructor(
    private readonly workers: Pick<WorkersRepository, 'report' | 'stopped'>,
    private readonly self: WorkerSelf,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.report();
  }

  /** A worker that cannot say goodbye is found by its silence. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reporting;
    await this.quietly(() => this.workers.stopped(this.self.id));
  }

  private report(): void {
    const { id, app, load } = this.self;
    this.reporting ??= this.quietly(() => this.workers.report({ id, app, ...load() })).finally(() => {
      this.reporting = undefined;
    });
  }

  private async quietly(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.logger.warn('the worker could not report', { reason: failureReport(error).message });
    }
  }
}
