import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Outbox } from '../outbox/outbox.js';
import { lockLane, releaseLane, type DispatchLane } from './dispatch.js';

/** What is due later than that is left to the sweep, whose interval is nothing beside it. */
const FURTHEST_MS = 300_000;

/**
 * Releases lanes at the moment at which something in them is due. A vendor's budget comes back a call at a time, and
 * what waits for the next sweep leaves it unused. Only the sweep is sure to come: what fails here is left to it.
 */
@Injectable()
export class DueReleases implements OnApplicationShutdown {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  in(delayMs: number, lanes: readonly DispatchLane[]): void {
    if (this.isStopped || lanes.length === 0 || delayMs > FURTHEST_MS) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      const release = this.release(lanes).finally(() => this.running.delete(release));
      this.running.add(release);
    }, Math.ceil(delayMs));
    timer.unref();
    this.timers.add(timer);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.running);
  }

  private async release(lanes: readonly DispatchLane[]): Promise<void> {
    try {
      await this.database.transaction(async (tx) => {
        for (const lane of lanes) {
          await lockLane(tx, lane);
          if ((await releaseLane(tx, lane)).length > 0) tx.afterCommit(() => this.outbox.poke());
        }
      });
    } catch {
      // The next sweep finds it due.
    }
  }
}
