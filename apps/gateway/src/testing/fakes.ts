import {
  isFinal,
  type ApiKey,
  type AuditEntry,
  type Customer,
  type ErrorCode,
  type Operation,
  type OperationRun,
  type Site,
  type VendorAccount,
  type Worker,
} from '@app/contracts';
import type {
  AuditFilter,
  AuditQueries,
  DeleteSite,
  OperationCommands,
  OperationFilter,
  OperationQueries,
  PutSite,
  Requester,
  SiteRequests,
  SubmitResult,
  WorkerQueries,
} from '@app/ledger';
import { AppError } from '@app/runtime';
import type { ApiKeyStore } from '../api-keys/api-keys.service.js';
import type { Caller } from '../auth/caller.js';
import type { KeyLookup } from '../auth/key-directory.js';
import type { CustomerStore } from '../customers/customers.service.js';
import type { OperationLookup } from '../operations/operation-waiter.js';
import type { VendorAccountStore } from '../vendor-accounts/vendor-accounts.service.js';

/** An error as the ledger throws them. */
export class Refusal extends AppError {
  constructor(
    readonly code: ErrorCode,
    details?: Record<string, unknown>,
  ) {
    super(`refused: ${code}`, details && { details });
  }
}

export const NOW = '2026-11-21T06:00:00.000Z';

export function operationOf(changes: Partial<Operation> = {}): Operation {
  return {
    id: '01990000-0000-7000-8000-000000000001',
    customer: 'acme',
    site: 'paris',
    vendor: 'cato',
    lane: 'site',
    action: 'create',
    status: 'pending',
    phase: 'queued',
    revision: 1,
    attempt: 0,
    requiresApproval: false,
    changed: false,
    changes: { add: 0, change: 0, remove: 0, replace: 0 },
    outputs: {},
    timings: {},
    createdBy: 'operator',
    createdAt: NOW,
    startedAt: null,
    finishedAt: null,
    links: {},
    ...changes,
  };
}

export const siteOf = (spec: Record<string, unknown>, changes: Partial<Site> = {}): Site => ({
  name: 'paris',
  vendor: 'cato',
  spec,
  revision: 1,
  appliedRevision: 1,
  phase: 'ready',
  outputs: {},
  drift: null,
  links: {},
  ...changes,
});

/** Keys by their text, and how often they were looked up. */
export class FakeKeys implements KeyLookup, ApiKeyStore {
  readonly callers = new Map<string, Caller>();
  readonly created: unknown[] = [];
  lookups = 0;
  failure: Error | undefined;

  authenticate(key: string): Promise<Caller | undefined> {
    this.lookups += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.callers.get(key));
  }

  create(spec: Parameters<ApiKeyStore['create']>[0]): ReturnType<ApiKeyStore['create']> {
    this.created.push(spec);
    const { name, role, customer = null } = spec;
    return Promise.resolve({ id: operationOf().id, name, role, customer, createdAt: NOW, key: 'sw_secret' });
  }

  list(onlyCustomer?: string): Promise<ApiKey[]> {
    const all = [...this.callers.values()].map((caller) => ({ ...caller, createdAt: NOW }));
    all.sort((left, right) => left.id.localeCompare(right.id));
    return Promise.resolve(
      all.filter(({ customer }) => onlyCustomer === undefined || customer === onlyCustomer),
    );
  }

  revoke(id: string, onlyCustomer?: string): Promise<void> {
    for (const [key, caller] of this.callers) {
      if (caller.id !== id || (onlyCustomer !== undefined && caller.customer !== onlyCustomer)) continue;
      this.callers.delete(key);
      return Promise.resolve();
    }
    return Promise.reject(new Refusal('NOT_FOUND'));
  }
}

/** Sites and operations; answers what it is told to and remembers what it was asked. */
export class FakeSites implements SiteRequests {
  readonly sites = new Map<string, Site>();
  readonly puts: PutSite[] = [];
  readonly deletes: DeleteSite[] = [];
  readonly checks: DeleteSite[] = [];
  /** What the idempotency key of a request stood for before. */
  earlier: SubmitResult | undefined;
  result: SubmitResult = { kind: 'accepted', operation: operationOf(), isReplay: false };
  /** Thrown, one after the other, by the next writes. */
  failures: Error[] = [];
  onPut: (() => void) | undefined;

  put(request: PutSite): Promise<SubmitResult> {
    this.puts.push(request);
    this.onPut?.();
    return this.answer();
  }

  delete(request: DeleteSite): Promise<SubmitResult> {
    this.deletes.push(request);
    return this.answer();
  }

  check(request: DeleteSite): Promise<SubmitResult | undefined> {
    this.checks.push(request);
    const { ifRevision } = request.preconditions;
    const revision = this.sites.get(request.site)?.revision;
    if (this.earlier === undefined && ifRevision !== undefined && ifRevision !== revision) {
      return Promise.reject(new Refusal('PRECONDITION_FAILED'));
    }
    return Promise.resolve(this.earlier);
  }

  get(_customer: string, name: string): Promise<Site> {
    const site = this.sites.get(name);
    return site === undefined ? Promise.reject(new Refusal('NOT_FOUND')) : Promise.resolve(site);
  }

  list(): ReturnType<SiteRequests['list']> {
    return Promise.resolve({ items: [...this.sites.values()], nextCursor: null });
  }

  /** Nothing was asked of it that changes anything. */
  get isUntouched(): boolean {
    return this.puts.length === 0 && this.deletes.length === 0;
  }

  private answer(): Promise<SubmitResult> {
    const failure = this.failures.shift();
    return failure === undefined ? Promise.resolve(this.result) : Promise.reject(failure);
  }
}

export class FakeOperations
  implements OperationLookup, OperationCommands, Pick<OperationQueries, 'get' | 'list' | 'runs'>
{
  readonly operations = new Map<string, Operation>();
  readonly runsOf = new Map<string, OperationRun[]>();
  readonly retries: { id: string; requester: Requester }[] = [];
  readonly filters: OperationFilter[] = [];
  looks = 0;
  failure: Error | undefined;

  add(...operations: Operation[]): void {
    for (const operation of operations) this.operations.set(operation.id, operation);
  }

  getAll(ids: readonly string[]): Promise<ReadonlyMap<string, Operation>> {
    this.looks += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const found = ids.flatMap((id) => this.operations.get(id) ?? []);
    return Promise.resolve(new Map(found.map((operation) => [operation.id, operation])));
  }

  get(id: string, customer: string | undefined): Promise<Operation> {
    const operation = this.operations.get(id);
    const isVisible = customer === undefined || operation?.customer === customer;
    return operation !== undefined && isVisible
      ? Promise.resolve(operation)
      : Promise.reject(new Refusal('NOT_FOUND'));
  }

  list(filter: OperationFilter): ReturnType<OperationQueries['list']> {
    this.filters.push(filter);
    return Promise.resolve({ items: [...this.operations.values()], nextCursor: null });
  }

  async runs(id: string, customer: string | undefined): Promise<OperationRun[]> {
    await this.get(id, customer);
    return this.runsOf.get(id) ?? [];
  }

  async retry(id: string, requester: Requester, customer: string | undefined): Promise<Operation> {
    const operation = await this.get(id, customer);
    if (operation.supersededBy !== undefined) throw new Refusal('SUPERSEDED', { operationId: id });
    if (!isFinal(operation.status) || operation.status === 'succeeded')
      throw new Refusal('INVALID_TRANSITION');
    this.retries.push({ id, requester });
    const again: Operation = { ...operation, status: 'pending', phase: 'queued', finishedAt: null };
    this.add(again);
    return again;
  }
}

export class FakeAudit implements AuditQueries {
  readonly entries: AuditEntry[] = [];
  readonly filters: AuditFilter[] = [];

  list(filter: AuditFilter): ReturnType<AuditQueries['list']> {
    this.filters.push(filter);
    const isWanted = ({ customer }: AuditEntry) =>
      filter.customer === undefined || filter.customer === customer;
    return Promise.resolve({ items: this.entries.filter(isWanted), nextCursor: null });
  }
}

export class FakeWorkers implements WorkerQueries {
  readonly workers: Worker[] = [];
  looks = 0;
  /** What `list` does before it answers. */
  before: () => Promise<void> = () => Promise.resolve();

  async list(): Promise<Worker[]> {
    this.looks += 1;
    await this.before();
    return this.workers;
  }
}

export const workerOf = (changes: Partial<Worker> = {}): Worker => ({
  id: 'tf-executor-1',
  app: 'tf-executor',
  state: 'alive',
  slots: 2,
  busy: 0,
  startedAt: NOW,
  lastSeenAt: NOW,
  ...changes,
});

export class FakeCustomers implements CustomerStore {
  readonly customers = new Map<string, Customer>();
  failure: Error | undefined;

  put(name: string, { displayName }: { displayName: string }): ReturnType<CustomerStore['put']> {
    const isNew = !this.customers.has(name);
    const customer = { name, displayName, createdAt: NOW, updatedAt: NOW };
    this.customers.set(name, customer);
    return Promise.resolve({ customer, isNew });
  }

  get(name: string): Promise<Customer> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const customer = this.customers.get(name);
    return customer === undefined ? Promise.reject(new Refusal('NOT_FOUND')) : Promise.resolve(customer);
  }

  delete(name: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return this.customers.delete(name) ? Promise.resolve() : Promise.reject(new Refusal('NOT_FOUND'));
  }

  list(_page: { limit: number }, onlyCustomer?: string): ReturnType<CustomerStore['list']> {
    const all = [...this.customers.values()];
    const items = all.filter(({ name }) => onlyCustomer === undefined || name === onlyCustomer);
    return Promise.resolve({ items, nextCursor: null });
  }
}

export class FakeVendorAccounts implements VendorAccountStore {
  readonly puts: { customer: string; vendor: string; spec: Parameters<VendorAccountStore['put']>[2] }[] = [];
  isNew = true;

  put(
    customer: string,
    vendor: string,
    spec: Parameters<VendorAccountStore['put']>[2],
  ): ReturnType<VendorAccountStore['put']> {
    this.puts.push({ customer, vendor, spec });
    return Promise.resolve({ account: this.account(), isNew: this.isNew });
  }

  get(): Promise<VendorAccount> {
    return this.puts.length === 0
      ? Promise.reject(new Refusal('NOT_FOUND'))
      : Promise.resolve(this.account());
  }

  delete(): Promise<void> {
    return Promise.reject(new Refusal('HAS_RESOURCES'));
  }

  private account(): VendorAccount {
    const last = this.puts.at(-1);
    const { accountId = '', baseUrl = null } = last?.spec ?? {};
    return { vendor: last?.vendor ?? '', accountId, baseUrl, createdAt: NOW, updatedAt: NOW };
  }
}
