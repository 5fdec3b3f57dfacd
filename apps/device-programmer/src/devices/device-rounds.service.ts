import type { OperationReleased } from '@app/contracts';
import {
  AlreadyDeadLettered,
  budgetOf,
  isLeaseLost,
  OutOfBudget,
  RunLease,
  VendorBreakers,
  vendorConnection,
  type Admission,
  type CallBudget,
  type DeviceClaim,
  type DeviceWork,
  type Reservation,
  type SettledDevice,
} from '@app/ledger';
import { MessageRejected, withLogScope } from '@app/runtime';
import { vendorName, vendorOf, type DeviceProgramming, type Vendor } from '@app/vendors';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { asOurError } from '../vendor-errors.js';
import { CALL_BUDGET, DEVICE_WORK, WORK_SETTINGS, type WorkSettings } from '../work-settings.js';
import { devicesSettled, roundEnded, roundStarted } from './round-metrics.js';
import { settledDevices } from './round-results.js';
import { isDeadLettered, roundVerdicts, triesOf } from './round-verdicts.js';

/**
 * Room that comes so soon is waited for by the worker: to come back for it takes longer, and meanwhile it lies idle.
 * Short beside a round, for other accounts' work waits behind this one.
 */
const PATIENCE_MS = 400;

type DeviceVendor = Vendor & { devices: DeviceProgramming };

/** What came of a round. */
type Ending =
  { kind: 'answered'; results: SettledDevice[] } | { kind: 'failed'; error: unknown; breakerWaitMs?: number };

/** Brings the devices of sites to what they are to be: one lease for all devices of a site, round after round. */
@Injectable()
export class DeviceRoundsService {
  private readonly logger = new Logger(DeviceRoundsService.name);

  constructor(
    @Inject(DEVICE_WORK) private readonly work: DeviceWork,
    @Inject(CALL_BUDGET) private readonly budget: CallBudget,
    @Inject(WORK_SETTINGS) private readonly settings: WorkSettings,
    private readonly breakers: VendorBreakers,
  ) {}

  /**
   * Does what is due for the site that the message is about. Returns when that is recorded.
   * @param drain fires when the worker has to stop
   * @throws what ended the round, when the message's own operation was dead-lettered
   */
  async converge(message: OperationReleased, drain: AbortSignal): Promise<void> {
    const { workerId, leaseMs, deadlineMs } = this.settings;
    const claim = await this.work.claim(message, { workerId, leaseMs, deadlineMs }, bulkSizeOf);
    if (claim === 'unknown') throw new MessageRejected('unknown_operation');
    if (claim === 'dead_lettered') throw new AlreadyDeadLettered(message.operationId);
    if (typeof claim === 'string') {
      this.logger.debug('nothing to do', { operationId: message.operationId, refusal: claim });
      return;
    }
    const { customer, vendor, fencingToken } = claim;
    const scope = { customer, site: claim.site.name, vendor, fencingToken };
    await withLogScope(scope, () => this.hold(message, claim, drain));
  }

  private async hold(message: OperationReleased, claim: DeviceClaim, drain: AbortSignal): Promise<void> {
    const { leaseMs, heartbeatMs, deadlineMs, roundsPerClaim } = this.settings;
    const lease = new RunLease({
      heartbeat: async () => {
        await this.work.heartbeat(claim, leaseMs);
        return { isCancelRequested: false };
      },
      leaseMs,
      heartbeatMs,
      deadlineAt: new Date(Date.now() + deadlineMs),
      drain,
      onHeartbeatFailed: (error) => this.logger.warn('a heartbeat failed', error),
    });
    try {
      let due: DeviceClaim | undefined = claim;
      for (let round = 1; due !== undefined; round += 1) {
        due = await this.round(message, due, lease, () => round < roundsPerClaim && !lease.signal.aborted);
      }
    } catch (error) {
      // Somebody else has taken over, and records how it ends.
      if (!isLeaseLost(error)) throw error;
      this.logger.warn('the lease was lost; another worker goes on');
    } finally {
      lease.release();
    }
  }

  /** @returns what is due next, if this worker is to go on with it */
  private async round(
    message: OperationReleased,
    claim: DeviceClaim,
    lease: RunLease,
    mayGoOn: () => boolean,
  ): Promise<DeviceClaim | undefined> {
    const { vendor } = claim;
    const startedAt = performance.now();
    const durationMs = (): number => Math.round(performance.now() - startedAt);
    roundStarted(vendor);
    let outcome = 'abandoned';
    try {
      const ending = await this.program(claim, lease);
      if (ending.kind === 'failed') {
        outcome = await this.putOff(message, claim, lease, ending);
        return undefined;
      }
      const bulkSize = bulkSizeOf(vendor);
      const next = await this.persistently(lease, () =>
        this.work.settle(claim, ending.results, { bulkSize, mayGoOn: mayGoOn() }),
      );
      outcome = 'settled';
      const refused = ending.results.filter((result) => result.outcome === 'refused').length;
      const applied = ending.results.length - refused;
      devicesSettled(vendor, applied, refused);
      this.logger.log('devices converged', { applied, refused, durationMs: durationMs() });
      return next;
    } finally {
      roundEnded(vendor, outcome, durationMs());
    }
  }

  /** Calls the vendor, if its budget has room for it and it does not count as down. */
  private async program(claim: DeviceClaim, lease: RunLease): Promise<Ending> {
    const { operations } = claim;
    const endpoints = { vendorAccountId: claim.vendorAccountId, family: 'devices' } as const;
    let admission: Admission['kind'] | undefined;
    let reservation: Reservation | undefined;
    try {
      const operationIds = operations.map(({ operationId }) => operationId);
      admission = await this.breakers.admit(endpoints, operationIds);
      reservation = await this.reserve(claim, lease.signal);
      const answers = await this.call(claim, reservation, lease);
      const results = settledDevices(claim, answers);
      await this.breakers.ended(endpoints, { admission, error: undefined, isLastTry: false });
      return { kind: 'answered', results };
    } catch (thrown) {
      const error = asOurError(thrown, lease.stopReason);
      const isLastTry = operations.some((operation) => triesOf(operation) >= this.settings.ladder.maxTries);
      const breakerWaitMs =
        admission && (await this.breakers.ended(endpoints, { admission, error, isLastTry }));
      return { kind: 'failed', error, ...(breakerWaitMs !== undefined && { breakerWaitMs }) };
    } finally {
      await reservation?.close();
    }
  }

  private async reserve(
    { account, vendor: id, priority, collectionId }: DeviceClaim,
    signal: AbortSignal,
  ): Promise<Reservation> {
    const vendor = deviceVendorOf(id);
    const request = {
      budget: budgetOf(account, vendor, this.settings.access),
      needs: vendor.devices.callsOfRound,
      limits: vendor.limits,
      priority,
      holder: collectionId,
    };
    const outcome = await this.budget.reserveWithin(request, { patienceMs: PATIENCE_MS, signal });
    if (outcome.kind === 'refused') throw new OutOfBudget('a round of devices', outcome.waitMs);
    return outcome.reservation;
  }

  private async call(claim: DeviceClaim, { meter }: Reservation, lease: RunLease) {
    const { signal } = lease;
    const vendor = deviceVendorOf(claim.vendor);
    const { resourceId, name, outputs } = claim.site;
    signal.throwIfAborted();
    await this.work.roundStarted(claim);
    return vendor.devices.converge({
      site: { resourceId, vendorName: vendorName(claim.customer, name, vendor.maxNameLength), outputs },
      devices: claim.devices,
      connection: vendorConnection(claim.account, vendor, this.settings.access, lease.guarded(meter)),
      signal,
    });
  }

  /** @returns why, in a word */
  private async putOff(
    message: OperationReleased,
    claim: DeviceClaim,
    lease: RunLease,
    { error, breakerWaitMs }: Extract<Ending, { kind: 'failed' }>,
  ): Promise<string> {
    const { ladder, random } = this.settings;
    const { stopReason } = lease;
    const { operations } = claim;
    const verdicts = roundVerdicts({ error, stopReason, breakerWaitMs, operations, ladder, random });
    if (verdicts === undefined) {
      this.logger.warn('the lease was lost; another worker goes on');
      return 'abandoned';
    }
    await this.persistently(lease, () => this.work.defer(claim, verdicts));
    const [first] = verdicts;
    const why = first?.kind === 'retry' ? first.reason : (first?.kind ?? 'nothing');
    this.logger.warn('a round was put off', {
      why,
      devices: claim.devices.length,
      operations: operations.length,
      error: first?.error,
    });
    if (isDeadLettered(verdicts, message)) throw error;
    return why;
  }

  private persistently<T>(lease: RunLease, write: () => Promise<T>): Promise<T> {
    return lease.persistently(write, (error) =>
      this.logger.warn('the ledger could not be written; trying again', error),
    );
  }
}

const bulkSizeOf = (vendor: string): number => deviceVendorOf(vendor).devices.bulkSize;

function deviceVendorOf(id: string): DeviceVendor {
  const vendor = vendorOf(id);
  const { devices } = vendor;
  if (devices === undefined) throw new Error(`the devices of ${id} cannot be programmed`);
  return { ...vendor, devices };
}
