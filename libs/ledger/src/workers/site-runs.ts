import type { OperationReleased } from '@app/contracts';
import { MessageRejected, withLogScope } from '@app/runtime';
import type { Logger } from '@nestjs/common';
import { AlreadyDeadLettered } from '../errors.js';
import type { RunSucceeded, SiteClaim, SiteWork } from '../operations/claim.js';
import type { Verdict } from '../operations/run-verdict.js';
import { isLeaseLost, RunLease } from './run-lease.js';

/** What came of a run: it did its work, or a verdict on why it did not. */
export type SiteRunEnding = { kind: 'succeeded'; outcome: RunSucceeded } | (Verdict & { error: unknown });

export interface SiteRunsSettings {
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** A run may take so long, unless its claim says less. */
  deadlineMs: number;
}

/** From a delivery to the record of how its run ended: what is the same in whatever way a vendor's sites are made. */
export class SiteRuns {
  readonly #work: SiteWork;
  readonly #settings: SiteRunsSettings;
  readonly #logger: Logger;

  constructor(work: SiteWork, settings: SiteRunsSettings, logger: Logger) {
    this.#work = work;
    this.#settings = settings;
    this.#logger = logger;
  }

  /**
   * Does what the message asks for, if it is still to be done.
   * @param drain fires when the worker has to stop
   * @param run does it, and returns when it is recorded
   * @throws what ended the run, when the delivery is to be dead-lettered, or the ledger could not be reached
   */
  async take(
    message: OperationReleased,
    drain: AbortSignal,
    run: (claim: SiteClaim, lease: RunLease) => Promise<SiteRunEnding>,
  ): Promise<void> {
    const claim = await this.#work.claim(message, this.#settings);
    if (claim === 'unknown') throw new MessageRejected('unknown_operation');
    if (claim === 'dead_lettered') throw new AlreadyDeadLettered(message.operationId);
    if (typeof claim === 'string') {
      this.#logger.debug('nothing to do', { operationId: message.operationId, refusal: claim });
      return;
    }
    const { operationId, customer, site, vendor, action, fencingToken } = claim;
    const scope = { operationId, customer, site, vendor, action, fencingToken, attempt: claim.attempt + 1 };
    await withLogScope(scope, async () => {
      const lease = this.#lease(claim, drain);
      try {
        const ending = await run(claim, lease);
        if (ending.kind === 'settle' && ending.outcome.deadLetter !== undefined) throw ending.error;
      } finally {
        lease.release();
      }
    });
  }

  /** Writes how the run ended, for as long as it is ours to say. */
  async record(claim: SiteClaim, lease: RunLease, ending: SiteRunEnding): Promise<void> {
    try {
      switch (ending.kind) {
        case 'succeeded':
          await this.persistently(lease, () => this.#work.settle(claim, ending.outcome));
          this.#logger.log('site converged', {
            changes: ending.outcome.changes,
            timings: ending.outcome.timings,
          });
          return;
        case 'settle':
          await this.persistently(lease, () => this.#work.settle(claim, ending.outcome));
          this.#logger.warn('run ended', { outcome: ending.outcome.status, error: ending.outcome.error });
          return;
        case 'defer':
          await this.persistently(lease, () => this.#work.defer(claim, ending.deferral));
          this.#logger.warn('run deferred', { ...ending.deferral });
          return;
        case 'abandon':
          this.#logger.warn('the lease was lost; another worker goes on');
      }
    } catch (error) {
      // Somebody else has taken over, and records how it ends.
      if (!isLeaseLost(error)) throw error;
      this.#logger.warn('the lease was lost before the run could be recorded');
    }
  }

  persistently(lease: RunLease, write: () => Promise<void>): Promise<void> {
    return lease.persistently(write, (error) =>
      this.#logger.warn('the ledger could not be written; trying again', error),
    );
  }

  #lease(claim: SiteClaim, drain: AbortSignal): RunLease {
    const { leaseMs, heartbeatMs, deadlineMs } = this.#settings;
    return new RunLease({
      heartbeat: () => this.#work.heartbeat(claim, leaseMs),
      leaseMs,
      heartbeatMs,
      // The database's clock may be another one.
      deadlineAt: new Date(Math.min(claim.deadlineAt.getTime(), Date.now() + deadlineMs)),
      drain,
      onHeartbeatFailed: (error) => this.#logger.warn('a heartbeat failed', error),
    });
  }
}

/** How the run ended, in a word, for metrics. */
export const outcomeOf = (ending: SiteRunEnding): string =>
  ending.kind === 'settle' ? ending.outcome.status : ending.kind;
