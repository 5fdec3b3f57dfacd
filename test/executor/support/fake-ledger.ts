import { randomUUID } from 'node:crypto';
import type { OperationAction, OperationPhase } from '@app/contracts';
import {
  LeaseLost,
  PlanNotApplicable,
  StateConflict,
  StateFenced,
  StateLockLost,
  type AppliedObject,
  type ClaimRefusal,
  type Heartbeat,
  type PlanIdentity,
  type RunDeferred,
  type RunGrant,
  type RunOutcome,
  type SiteClaim,
  type SiteWork,
  type StateLockHolder,
  type StateResource,
  type StateStore,
  type StoredSpec,
} from '@app/ledger';

/** A site as the fake ledger knows it. */
export interface FakeSite {
  resourceId: string;
  customerId: string;
  customer: string;
  site: string;
  accountId: string;
  token: string;
  baseUrl: string;
  fencingToken: number;
  appliedSpec: StoredSpec | undefined;
  isUnreconciled: boolean;
  hasStateHeldResources: boolean;
  versions: { serial: number; lineage: string; content: Buffer }[];
  lock: (StateLockHolder & { fencingToken: number }) | undefined;
  quarantine: Buffer[];
}

interface Waiting {
  site: FakeSite;
  action: OperationAction;
  spec: StoredSpec;
  attempt: number;
  deadlineAt: Date;
}

/** What became of an operation, in the order in which it was written. */
export type LedgerEvent =
  | { type: 'phase'; phase: OperationPhase }
  | { type: 'apply_started' }
  | ({ type: 'applied' } & AppliedObject)
  | ({ type: 'settled' } & RunOutcome)
  | ({ type: 'deferred' } & RunDeferred);

/** The ledger in memory, with the same refusals: what is fenced, locked or out of order is refused. */
export class FakeLedger implements SiteWork, StateStore {
  readonly events = new Map<string, LedgerEvent[]>();
  readonly sites: FakeSite[] = [];
  readonly #waiting = new Map<string, Waiting>();
  readonly #plans = new Set<string>();
  readonly #running = new Map<string, Waiting & { fencingToken: number }>();
  readonly #cancelled = new Set<string>();
  /** Every write of a state fails with this while it is set. */
  writeFailure: Error | undefined;

  addSite(site: Pick<FakeSite, 'customer' | 'site' | 'accountId' | 'token' | 'baseUrl'>): FakeSite {
    const added: FakeSite = {
      ...site,
      resourceId: randomUUID(),
      customerId: randomUUID(),
      fencingToken: 0,
      appliedSpec: undefined,
      isUnreconciled: false,
      hasStateHeldResources: false,
      versions: [],
      lock: undefined,
      quarantine: [],
    };
    this.sites.push(added);
    return added;
  }

  /** Asks for a run; the message that a worker would get. */
  ask(site: FakeSite, action: OperationAction, spec: StoredSpec, deadlineMs = 600_000) {
    const operationId = randomUUID();
    const deadlineAt = new Date(Date.now() + deadlineMs);
    this.#waiting.set(operationId, { site, action, spec, attempt: 0, deadlineAt });
    this.events.set(operationId, []);
    return { operationId, customerId: site.customerId, releaseNo: 1, lane: 'site' as const };
  }

  /** What the sweeper does to a run whose worker is gone: it may be claimed again. */
  takeOver(operationId: string): void {
    const running = this.#running.get(operationId);
    if (running === undefined) throw new Error('nobody runs it');
    running.site.fencingToken += 1;
    running.site.lock = undefined;
    this.#running.delete(operationId);
    this.#waiting.set(operationId, running);
  }

  cancel(operationId: string): void {
    this.#cancelled.add(operationId);
  }

  eventsOf(operationId: string): LedgerEvent[] {
    return this.events.get(operationId) ?? [];
  }

  outcomeOf(operationId: string): LedgerEvent | undefined {
    return this.eventsOf(operationId).findLast(({ type }) => type === 'settled' || type === 'deferred');
  }

  stateOf(site: FakeSite): string {
    return site.versions.at(-1)?.content.toString('utf8') ?? '';
  }

  claim(message: { operationId: string }, worker: { workerId: string }): Promise<SiteClaim | ClaimRefusal> {
    const waiting = this.#waiting.get(message.operationId);
    if (waiting === undefined) return Promise.resolve('not_pending');
    this.#waiting.delete(message.operationId);
    const { site, action, spec, attempt, deadlineAt } = waiting;
    site.fencingToken += 1;
    this.#running.set(message.operationId, { ...waiting, fencingToken: site.fencingToken });
    return Promise.resolve({
      operationId: message.operationId,
      customerId: site.customerId,
      resourceId: site.resourceId,
      workerId: worker.workerId,
      fencingToken: site.fencingToken,
      customer: site.customer,
      site: site.site,
      vendor: 'cato',
      action,
      revision: 1,
      spec,
      appliedSpec: site.appliedSpec,
      vendorAccountId: site.accountId,
      triedSpecs: [],
      reportedIds: [],
      account: { accountId: site.accountId, baseUrl: site.baseUrl, credentials: { token: site.token } },
      attempt,
      ladderStart: 0,
      idempotencyKey: message.operationId,
      deadlineAt,
      hasStateHeldResources: site.hasStateHeldResources,
      isUnreconciled: site.isUnreconciled,
    });
  }

  async heartbeat(grant: RunGrant): Promise<Heartbeat> {
    this.#held(grant);
    return { isCancelRequested: this.#cancelled.has(grant.operationId) };
  }

  async enterPhase(grant: RunGrant, phase: OperationPhase): Promise<void> {
    this.#held(grant);
    this.#note(grant, { type: 'phase', phase });
  }

  async planSaved(grant: RunGrant, { sha256 }: PlanIdentity): Promise<void> {
    this.#held(grant);
    this.#plans.add(sha256.toString('hex'));
  }

  async planConsumed(grant: RunGrant, { sha256 }: PlanIdentity): Promise<void> {
    this.#held(grant);
    if (!this.#plans.delete(sha256.toString('hex'))) throw new PlanNotApplicable(grant.operationId);
  }

  async applyStarted(grant: RunGrant): Promise<void> {
    const running = this.#held(grant);
    running.site.isUnreconciled = true;
    running.attempt += 1;
    this.#note(grant, { type: 'apply_started' });
  }

  async objectApplied(grant: RunGrant, object: AppliedObject): Promise<void> {
    this.#held(grant);
    this.#note(grant, { type: 'applied', ...object });
  }

  async settle(claim: SiteClaim, outcome: RunOutcome): Promise<void> {
    const { site, action, spec } = this.#leave(claim);
    if (outcome.status === 'succeeded') {
      site.isUnreconciled = false;
      site.appliedSpec = action === 'delete' ? undefined : spec;
    }
    this.#note(claim, { type: 'settled', ...outcome });
  }

  async defer(claim: SiteClaim, deferral: RunDeferred): Promise<void> {
    this.#waiting.set(claim.operationId, this.#leave(claim));
    this.#note(claim, { type: 'deferred', ...deferral });
  }

  async read(grant: RunGrant): Promise<Buffer | undefined> {
    return this.#fenced(grant).versions.at(-1)?.content;
  }

  async write(grant: RunGrant, lockId: string | undefined, content: Buffer): Promise<void> {
    if (this.writeFailure !== undefined) throw this.writeFailure;
    const site = this.#fenced(grant);
    if (site.lock === undefined || site.lock.lockId !== lockId) throw new StateLockLost();
    const { serial, lineage } = JSON.parse(content.toString('utf8'));
    const last = site.versions.at(-1);
    if (
      last !== undefined &&
      (serial < last.serial || (serial === last.serial && !content.equals(last.content)))
    ) {
      throw new StateConflict(`serial ${serial} after ${last.serial}`);
    }
    site.versions.push({ serial, lineage, content });
    if (resourcesOf(content).length > 0) site.hasStateHeldResources = true;
  }

  async lock(
    grant: RunGrant,
    info: { ID: string } & Record<string, unknown>,
  ): Promise<StateLockHolder | undefined> {
    const site = this.#fenced(grant);
    const { lock } = site;
    if (lock !== undefined && lock.fencingToken >= grant.fencingToken && lock.lockId !== info.ID) return lock;
    const { operationId, workerId, fencingToken } = grant;
    site.lock = { lockId: info.ID, operationId, workerId, fencingToken, lockedAt: new Date(), info };
    return undefined;
  }

  async unlock(grant: RunGrant, lockId: string): Promise<boolean> {
    const site = this.#siteOf(grant);
    if (site.lock?.lockId !== lockId || site.lock.fencingToken !== grant.fencingToken) return false;
    site.lock = undefined;
    return true;
  }

  async quarantine(grant: RunGrant, content: Buffer): Promise<void> {
    this.#siteOf(grant).quarantine.push(content);
  }

  async resources(grant: RunGrant): Promise<StateResource[]> {
    const content = this.#siteOf(grant).versions.at(-1)?.content;
    return content === undefined ? [] : resourcesOf(content);
  }

  #siteOf(grant: RunGrant): FakeSite {
    const site = this.sites.find(({ resourceId }) => resourceId === grant.resourceId);
    if (site === undefined) throw new StateFenced();
    return site;
  }

  #fenced(grant: RunGrant): FakeSite {
    const site = this.#siteOf(grant);
    if (site.fencingToken !== grant.fencingToken) throw new StateFenced();
    return site;
  }

  #held(grant: RunGrant): Waiting & { fencingToken: number } {
    const running = this.#running.get(grant.operationId);
    if (running?.fencingToken !== grant.fencingToken) throw new LeaseLost(grant.operationId);
    return running;
  }

  #leave(claim: SiteClaim): Waiting {
    const running = this.#held(claim);
    this.#running.delete(claim.operationId);
    running.site.fencingToken += 1;
    running.site.lock = undefined;
    return running;
  }

  #note({ operationId }: RunGrant, event: LedgerEvent): void {
    this.events.get(operationId)?.push(event);
  }
}

interface StateFile {
  resources?: {
    mode: string;
    type: string;
    name: string;
    instances: { index_key?: string; status?: string; attributes?: { id?: string } }[];
  }[];
}

function resourcesOf(content: Buffer): StateResource[] {
  const { resources = [] }: StateFile = JSON.parse(content.toString('utf8'));
  return resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, instances }) =>
      instances.map(({ index_key: key, status, attributes }) => ({
        address: `${type}.${name}${key === undefined ? '' : `["${key}"]`}`,
        type,
        objectId: attributes?.id ?? null,
        isTainted: status === 'tainted',
      })),
    );
}
