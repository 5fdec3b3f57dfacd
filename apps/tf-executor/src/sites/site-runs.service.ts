import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationReleased } from '@app/contracts';
import {
  AlreadyDeadLettered,
  type AppliedObject,
  type RunSucceeded,
  type SiteClaim,
  type SiteWork,
  type StateStore,
} from '@app/ledger';
import { AppError, MessageRejected, withLogScope } from '@app/runtime';
import { joinSecrets, vendorName, vendorOf, type Vendor, type VendorConnection } from '@app/vendors';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { countChanges } from '../terraform/stream.js';
import type { OpenRun } from '../terraform/workbench.js';
import { Workbench } from '../terraform/workbench.js';
import { AppliedObjects } from './applied-objects.js';
import { Convergence } from './convergence.js';
import { verdictOf, type Verdict } from './failures.js';
import { RunLease } from './run-lease.js';
import { runEnded, runStarted } from './run-metrics.js';
import { SITE_RUN_SETTINGS, SITE_WORK, STATE_STORE, type SiteRunSettings } from './site-run-settings.js';

/** What came of a run: it did its work, or a verdict on why it did not. */
type Ending = { kind: 'succeeded'; outcome: RunSucceeded } | (Verdict & { error: unknown });

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

/** Converges sites: one claim, one run, one record of how it ended. */
@Injectable()
export class SiteRunsService {
  private readonly logger = new Logger(SiteRunsService.name);

  constructor(
    @Inject(SITE_WORK) private readonly work: SiteWork,
    @Inject(STATE_STORE) private readonly states: StateStore,
    @Inject(SITE_RUN_SETTINGS) private readonly settings: SiteRunSettings,
    private readonly workbench: Workbench,
  ) {}

  /**
   * Does what the message asks for, if it is still to be done. Returns when that is recorded.
   * @param drain fires when the executor has to stop
   * @throws what ended the run, when the delivery is to be dead-lettered, or the ledger could not be reached
   */
  async converge(message: OperationReleased, drain: AbortSignal): Promise<void> {
    const { workerId, leaseMs, runDeadlineMs: deadlineMs } = this.settings;
    const claim = await this.work.claim(message, { workerId, leaseMs, deadlineMs });
    if (claim === 'unknown') throw new MessageRejected('unknown_operation');
    if (claim === 'dead_lettered') throw new AlreadyDeadLettered(message.operationId);
    if (typeof claim === 'string') {
      this.logger.debug('nothing to do', { operationId: message.operationId, refusal: claim });
      return;
    }
    const { operationId, customer, site, vendor, action, fencingToken } = claim;
    const scope = { operationId, customer, site, vendor, action, fencingToken, attempt: claim.attempt + 1 };
    await withLogScope(scope, () => this.hold(claim, drain));
  }

  private async hold(claim: SiteClaim, drain: AbortSignal): Promise<void> {
    const { leaseMs, heartbeatMs, runDeadlineMs } = this.settings;
    const lease = new RunLease({
      work: this.work,
      grant: claim,
      leaseMs,
      heartbeatMs,
      deadlineAt: new Date(Math.min(claim.deadlineAt.getTime(), Date.now() + runDeadlineMs)),
      drain,
      onHeartbeatFailed: (error) => this.logger.warn('a heartbeat failed', error),
    });
    try {
      await this.run(claim, lease);
    } finally {
      lease.release();
    }
  }

  private async run(claim: SiteClaim, lease: RunLease): Promise<void> {
    const startedAt = Date.now();
    runStarted(claim);
    const applied = new AppliedObjects(this.work, claim, (error) => {
      if (isLeaseLost(error)) lease.stop('lease_lost');
    });
    const removed: AppliedObject[] = [];
    let hasReachedApply = false;
    let run: OpenRun | undefined;
    let ending: Ending;
    const changes = () => countChanges([...removed, ...(run?.terraform.applied ?? [])]);
    const timings = () => run?.terraform.timings ?? {};
    try {
      const vendor = vendorOf(claim.vendor);
      const connection = this.connectionOf(claim, vendor);
      const site = {
        resourceId: claim.resourceId,
        vendorName: vendorName(claim.customer, claim.site, vendor.maxNameLength),
        spec: joinSecrets(claim.spec.visible, vendor.site.secrets, claim.spec.secrets),
      };
      const { convergence } = vendor.site;
      run = await this.workbench.open({
        grant: claim,
        vendor,
        variables: convergence.variables(site, connection),
        secrets: secretsOf(claim),
        signal: lease.signal,
        onApplied: applied.add,
        startedAt,
      });
      const outputs = await new Convergence({
        claim,
        convergence,
        site,
        connection,
        terraform: run.terraform,
        work: {
          enterPhase: (grant, phase) => this.work.enterPhase(grant, phase),
          planSaved: (grant, plan) => this.work.planSaved(grant, plan),
          planConsumed: (grant, plan) => this.work.planConsumed(grant, plan),
          applyStarted: async (grant) => {
            await this.work.applyStarted(grant);
            hasReachedApply = true;
          },
        },
        state: this.states,
        redact: run.redact,
        signal: lease.signal,
        onRemoved: (object) => {
          removed.push(object);
          applied.add(object);
        },
      }).run();
      await applied.recorded();
      ending = {
        kind: 'succeeded',
        outcome: { status: 'succeeded', outputs, changes: changes(), timings: timings() },
      };
    } catch (error) {
      const { stopReason } = lease;
      ending = {
        ...verdictOf({
          error,
          stopReason,
          claim,
          hasReachedApply,
          changes: changes(),
          timings: timings(),
          ladder: this.settings.ladder,
          random: this.settings.random,
        }),
        error,
      };
    }
    try {
      await this.persistently(lease, async () => run?.salvage());
      await this.record(claim, lease, ending);
    } finally {
      await run?.close();
      runEnded(claim, outcomeOf(ending), timings());
    }
    if (ending.kind === 'settle' && ending.outcome.deadLetter !== undefined) throw ending.error;
  }

  private async record(claim: SiteClaim, lease: RunLease, ending: Ending): Promise<void> {
    try {
      switch (ending.kind) {
        case 'succeeded':
          await this.persistently(lease, () => this.work.settle(claim, ending.outcome));
          this.logger.log('site converged', {
            changes: ending.outcome.changes,
            timings: ending.outcome.timings,
          });
          return;
        case 'settle':
          await this.persistently(lease, () => this.work.settle(claim, ending.outcome));
          this.logger.warn('run ended', { outcome: ending.outcome.status, error: ending.outcome.error });
          return;
        case 'defer':
          await this.persistently(lease, () => this.work.defer(claim, ending.deferral));
          this.logger.warn('run deferred', { ...ending.deferral });
          return;
        case 'abandon':
          this.logger.warn('the lease was lost; another worker goes on');
      }
    } catch (error) {
      // Somebody else has taken over, and records how it ends.
      if (!isLeaseLost(error)) throw error;
      this.logger.warn('the lease was lost before the run could be recorded');
    }
  }

  /** Repeats a write until it gets through, as long as the lease is ours. */
  private async persistently(lease: RunLease, write: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await write();
      } catch (error) {
        const isTransient = error instanceof AppError && error.retryable;
        if (!isTransient || lease.stopReason === 'lease_lost') throw error;
        this.logger.warn('the ledger could not be written; trying again', error);
        await sleep(waitMs);
      }
    }
  }

  private connectionOf({ account, vendor: id }: SiteClaim, vendor: Vendor): VendorConnection {
    const baseUrl = account.baseUrl ?? this.settings.defaultBaseUrls.get(id) ?? vendor.defaultBaseUrl;
    return { baseUrl, accountId: account.accountId, credentials: account.credentials };
  }
}

const outcomeOf = (ending: Ending): string =>
  ending.kind === 'settle' ? ending.outcome.status : ending.kind;

const secretsOf = ({ spec, appliedSpec, account }: SiteClaim): string[] => [
  ...Object.values(spec.secrets),
  ...Object.values(appliedSpec?.secrets ?? {}),
  ...Object.values(account.credentials),
];

const isLeaseLost = (error: unknown): boolean => error instanceof AppError && error.code === 'LEASE_LOST';
