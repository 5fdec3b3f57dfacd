import { setTimeout as sleep } from 'node:timers/promises';
import type { StateStore } from '@app/ledger';
import { isTerraformVendor, vendors } from '@app/vendors';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { MeteringProxy } from './metering/metering-proxy.js';
import { STATE_STORE } from './sites/site-run-settings.js';
import { sweepLeftovers } from './state/leftovers.js';
import { Workbench } from './terraform/workbench.js';

export interface WorkbenchLifecycleOptions {
  workDirectory: string;
}
export const WORKBENCH_LIFECYCLE_OPTIONS = Symbol('WorkbenchLifecycleOptions');

const SWEEP_RETRY_MS = 30_000;

/** Starts the workbench before the consumers, and ends it after the last run. */
@Injectable()
export class WorkbenchLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Terraform');
  private readonly stopping = new AbortController();
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly workbench: Workbench,
    @Inject(STATE_STORE) private readonly store: StateStore,
    private readonly proxy: MeteringProxy,
    @Inject(WORKBENCH_LIFECYCLE_OPTIONS) private readonly options: WorkbenchLifecycleOptions,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.workbench.start();
    // A worker whose modules cannot be prepared would defer every run; it must not start.
    for (const vendor of vendors.values()) {
      if (isTerraformVendor(vendor)) await this.workbench.prepare(vendor);
    }
    this.logger.log('terraform is ready', { ...this.workbench.version });
    this.sweeping = this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.sweeping;
    await this.workbench.close();
    await this.proxy.close();
  }

  /** Needs the database, which may be away: it is tried until it works. */
  private async sweep(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const swept = await sweepLeftovers(this.options.workDirectory, this.workbench.folder, this.store);
        if (swept.removed > 0) this.logger.log('cleared up after earlier executors', { ...swept });
        return;
      } catch (error) {
        this.logger.warn('could not clear up after earlier executors', error);
        await sleep(SWEEP_RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}
