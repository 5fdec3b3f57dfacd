import type { FaultRules } from '../admin/fault-rules.js';
import { badRequest, notFound, Refusal } from './answers.js';
import type { Organization } from './organization.js';
import { isRunning, type BatchAction, type BatchRecord, type BatchStatus } from './records.js';
import { configurationRoutes, matchRoute, type MatchedRoute } from './routes.js';
import type { MerakiSettings } from './settings.js';
import type { MerakiStore } from './store.js';
import { VENDOR } from './vendor.js';

/** A confirmed batch must be done within this time. */
const MOST_RUN_MS = 600_000;

/** The name by which fault rules make the run of a batch fail. */
const RUN = 'runActionBatch';

const METHODS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', destroy: 'DELETE' };

export interface BatchRunsOptions {
  store: MerakiStore;
  faults: FaultRules;
  settings: () => MerakiSettings;
  now: () => number;
}

interface Run {
  organizationId: string;
  batchId: string;
  dueAt: number;
}

/**
 * The batches that run. Nothing wakes up when a batch ends: whoever looks next finds it ended, with its changes made
 * at the time when it was due, and that is all that anybody can see of it.
 */
export class BatchRuns {
  readonly #options: BatchRunsOptions;
  #runs: Run[] = [];
  #nextDueAt = Number.POSITIVE_INFINITY;

  constructor(options: BatchRunsOptions) {
    this.#options = options;
  }

  start(organization: Organization, batch: BatchRecord): BatchRecord {
    const { batchMs, batchActionMs } = this.#options.settings();
    const runMs = batch.synchronous ? 0 : batchMs + batchActionMs * batch.actions.length;
    const dueAt = this.#options.now() + Math.min(runMs, MOST_RUN_MS);
    const started = { ...batch, confirmed: true, runMs, dueAt };
    organization.putBatch(started);
    this.#add(organization, started);
    if (batch.synchronous) this.settle();
    return organization.batch(batch.id) ?? started;
  }

  /** Ends what was due by now, in the order in which it was due. True when something was. */
  settle(): boolean {
    const now = this.#options.now();
    if (now < this.#nextDueAt) return false;
    const due = this.#runs.filter(({ dueAt }) => dueAt <= now);
    this.#keep(this.#runs.filter(({ dueAt }) => dueAt > now));
    for (const run of due.toSorted((one, other) => one.dueAt - other.dueAt)) this.#end(run);
    return true;
  }

  /** After objects were loaded from a file. */
  resume(): void {
    this.#keep([]);
    for (const id of this.#options.store.organizationIds()) {
      const organization = this.#options.store.organization(id);
      for (const batch of organization.batches().filter(isRunning)) this.#add(organization, batch);
    }
  }

  reset(): void {
    this.#keep([]);
  }

  #add({ id }: Organization, { id: batchId, dueAt }: BatchRecord): void {
    this.#runs.push({ organizationId: id, batchId, dueAt: dueAt ?? 0 });
    this.#nextDueAt = Math.min(this.#nextDueAt, dueAt ?? 0);
  }

  #keep(runs: Run[]): void {
    this.#runs = runs;
    this.#nextDueAt = runs.reduce((least, { dueAt }) => Math.min(least, dueAt), Number.POSITIVE_INFINITY);
  }

  #end({ organizationId, batchId, dueAt }: Run): void {
    const organization = this.#options.store.existing(organizationId);
    const batch = organization?.batch(batchId);
    if (!organization || !batch) return;
    organization.putBatch({ ...batch, status: this.#run(organization, batch, dueAt) });
  }

  #run(organization: Organization, batch: BatchRecord, now: number): BatchStatus {
    const target = { vendor: VENDOR, account: organization.id, operations: [RUN], isBehindCall: true };
    const rule = this.#options.faults.decide(target);
    if (rule) {
      this.#options.faults.fired(rule);
      return failed([rule.spec.message ?? 'Internal server error']);
    }
    if ((batch.runMs ?? 0) > MOST_RUN_MS) {
      return failed(['The action batch was not completed within 10 minutes']);
    }
    try {
      const createdResources = this.#options.store.atomically(() =>
        batch.actions.flatMap((action) => this.#perform(organization, action, now)),
      );
      return { completed: true, failed: false, errors: [], createdResources };
    } catch (error) {
      if (error instanceof Refusal) return failed(error.errors);
      throw error;
    }
  }

  #perform(organization: Organization, action: BatchAction, now: number): { id: string; uri: string }[] {
    const { store, settings } = this.#options;
    const { route, path } = routeOf(action);
    // A batch changes nothing of another organization.
    if (path['organizationId'] !== undefined && path['organizationId'] !== organization.id) throw notFound();
    const { status, body } = route.perform({
      store,
      organization,
      settings: settings(),
      now,
      path,
      query: new URLSearchParams(),
      body: action.body,
      url: action.resource,
      isBatched: true,
    });
    if (status !== 201 || typeof body !== 'object' || body === null || !('id' in body)) return [];
    return [{ id: String(body.id), uri: `/networks/${String(body.id)}` }];
  }
}

const failed = (errors: readonly string[]): BatchStatus => ({
  completed: false,
  failed: true,
  errors,
  createdResources: [],
});

/** The call that an action stands for. Older clients say `create` for the verbs that newer ones name. */
export function routeOf({ resource, operation }: BatchAction): MatchedRoute {
  const verb = resource.split('/').at(-1);
  const method = operation === verb ? 'POST' : METHODS[operation];
  const matched = method === undefined ? undefined : matchRoute(configurationRoutes, method, resource);
  if (!matched) throw badRequest(`Operation '${operation}' is not supported for the resource '${resource}'`);
  return matched;
}
