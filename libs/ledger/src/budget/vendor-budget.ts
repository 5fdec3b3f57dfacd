import { setTimeout as sleep } from 'node:timers/promises';
import { countersOf, OVERALL, type VendorLimits } from '@app/vendors';
import { failureReport } from '@app/runtime';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { BudgetKey, BudgetRequest, BudgetUsage, CallBudget, ReservationOutcome } from './budget.js';
import { AccountPauses } from './account-pauses.js';
import { CallEnds } from './call-ends.js';
import { canonicalKey, counterNames, counterNeeds, RANK, realWindowMs } from './counters.js';
import { KnownBlocks } from './known-blocks.js';
import { OutOfBudget } from './out-of-budget.js';
import { ReservedCalls, type Counted, type Grant } from './reserved-calls.js';

export interface VendorBudgetSettings {
  /** The vendors' clocks run so much faster than ours; more than 1 with simulators only. */
  clockScale: number;
  /** What a holder that died has reserved counts as used after so long. */
  leaseMs?: number;
  /** Who was refused may come back so much later than it was told, and still finds its place. */
  graceMs?: number;
}
export const VENDOR_BUDGET_SETTINGS = Symbol('VendorBudgetSettings');

const LEASE_MS = 900_000;
/** A release of the ledger's and a delivery of the broker's lie between being due and coming. */
const GRACE_MS = 5_000;
/** A call that is begun with the last of a lease ends before the lease does. */
const LONGEST_CALL_MS = 120_000;
/** After a refusal that says nothing about when to come back. */
const REFUSED_MS = 5_000;

/** The one limiter of calls to vendors, for all processes together. */
@Injectable()
export class VendorBudget implements CallBudget {
  private readonly logger = new Logger(VendorBudget.name);
  private readonly blocks = new KnownBlocks();
  private readonly pauses: AccountPauses;
  private readonly ends: CallEnds;
  private readonly leaseMs: number;
  private readonly graceMs: number;

  constructor(
    private readonly database: Database,
    @Inject(VENDOR_BUDGET_SETTINGS) private readonly settings: VendorBudgetSettings,
  ) {
    this.leaseMs = settings.leaseMs ?? LEASE_MS;
    this.graceMs = settings.graceMs ?? GRACE_MS;
    this.pauses = new AccountPauses(database, this.blocks);
    this.ends = new CallEnds(database, this.blocks, (error) =>
      this.logger.warn('ends of vendor calls could not be written', { reason: failureReport(error).message }),
    );
  }

  /** Reserves all calls of a request, or none. */
  async reserve(request: BudgetRequest): Promise<ReservationOutcome> {
    const pauseMs = hasUnlimited(request) ? await this.pauses.waitMs(request.budget) : 0;
    if (pauseMs > 0) return { kind: 'refused', waitMs: pauseMs };
    const answer = await this.setAside(request, request.needs);
    if (answer !== undefined && 'waitMs' in answer) return { kind: 'refused', waitMs: answer.waitMs };
    const reservation = new ReservedCalls({
      request,
      grant: answer,
      ends: this.ends,
      blocks: this.blocks,
      oneMore: async (operation) => {
        const more = await this.setAside(request, { [operation]: 1 });
        if (more !== undefined && 'waitMs' in more)
          throw new OutOfBudget(`a call of ${operation}`, more.waitMs);
        return more;
      },
      pauses: this.pauses,
      refused: (counted, retryAfterMs) =>
        this.block(request.budget, counted, retryAfterMs ?? REFUSED_MS / this.settings.clockScale),
    });
    return { kind: 'reserved', reservation };
  }

  async reserveWithin(
    request: BudgetRequest,
    { patienceMs, signal }: { patienceMs: number; signal: AbortSignal },
  ): Promise<ReservationOutcome> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const outcome = await this.reserve(request);
      if (outcome.kind === 'reserved' || performance.now() + outcome.waitMs > until) return outcome;
      await sleep(Math.max(Math.ceil(outcome.waitMs), 1), undefined, { signal });
    }
  }

  /** Somebody who was refused will not come back: the room that is kept for it is free. */
  async withdraw(budget: BudgetKey, holder: string): Promise<void> {
    const { vendor, baseUrl, accountId } = canonicalKey(budget);
    await this.database.rows(
      `delete from vendor_budget_waiter w using vendor_budget b
       where b.vendor = $1 and b.base_url = $2 and b.account_id = $3 and w.budget_id = b.id and w.holder = $4`,
      [vendor, baseUrl, accountId, holder],
    );
  }

  /** What is used and left, per counter and window: of the operations with limits of their own, and those called. */
  async usage(budget: BudgetKey, limits: VendorLimits): Promise<BudgetUsage[]> {
    const { vendor, baseUrl, accountId } = canonicalKey(budget);
    const known = await this.database.rows<{ counter: string }>(
      `select distinct u.counter from vendor_budget b join vendor_budget_use u on u.budget_id = b.id
       where b.vendor = $1 and b.base_url = $2 and b.account_id = $3`,
      [vendor, baseUrl, accountId],
    );
    const operations = new Set([...Object.keys(limits.operations), ...known.map(({ counter }) => counter)]);
    operations.delete(OVERALL);
    // An operation that there is not stands for all of them where only the account as a whole has limits.
    const windows = new Map(
      [...(operations.size === 0 ? [OVERALL] : operations)]
        .flatMap((operation) => countersOf(limits, operation))
        .map(({ counter, windows: all }) => [counter, all]),
    );
    const all = [...windows].flatMap(([counter, own]) => own.map((window) => ({ counter, ...window })));
    const counted = await this.database.rows<{ used: number; blockedMs: number }>(
      `select coalesce((
           select sum(u.units) from vendor_budget_use u where u.budget_id = b.id and u.counter = w.counter
             and u.ended_at > statement_timestamp() - make_interval(secs => w.ms / 1000)
         ), 0)::int as used,
         coalesce((
           select greatest(extract(epoch from k.until - statement_timestamp()) * 1000, 0) from vendor_budget_block k
           where k.budget_id = b.id and k.counter = w.counter
         ), 0)::float8 as "blockedMs"
       from unnest($4::text[], $5::float8[]) with ordinality as w (counter, ms, place)
       left join vendor_budget b on b.vendor = $1 and b.base_url = $2 and b.account_id = $3
       order by w.place`,
      [
        vendor,
        baseUrl,
        accountId,
        all.map(({ counter }) => counter),
        all.map(({ windowMs }) => realWindowMs(windowMs, this.settings.clockScale)),
      ],
    );
    return all.map(({ counter, windowMs, calls }, index) => {
      const { used = 0, blockedMs = 0 } = counted[index] ?? {};
      return { counter, windowMs, limit: calls, used, left: Math.max(calls - used, 0), blockedMs };
    });
  }

  /** Writes what became of calls up to now. */
  async flush(): Promise<void> {
    await this.ends.flush();
  }

  /** undefined when nothing of it has a limit. */
  private async setAside(
    { budget, limits, priority, holder }: BudgetRequest,
    needs: Readonly<Record<string, number>>,
  ): Promise<Grant | { waitMs: number } | undefined> {
    const { units, windows } = counterNeeds(needs, limits, this.settings.clockScale);
    if (units.size === 0) return undefined;
    const { vendor, baseUrl, accountId } = canonicalKey(budget);
    const counters = [...units.keys()];
    const askedAt = performance.now();
    const [answer] = await this.database.rows<{
      budgetId: string;
      waitMs: number;
      useIds: string[] | null;
    }>(
      `select budget_id as "budgetId", wait_ms as "waitMs", use_ids as "useIds"
       from reserve_vendor_calls($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::smallint, $11, $12, $13)`,
      [
        vendor,
        baseUrl,
        accountId,
        counters,
        [...units.values()],
        windows.map(({ counter }) => counter),
        windows.map((window) => window.units),
        windows.map(({ calls }) => calls),
        windows.map(({ ms }) => ms),
        RANK[priority],
        holder,
        this.leaseMs,
        this.graceMs,
      ],
    );
    if (answer === undefined) throw new Error('the reservation was not answered');
    const { budgetId, waitMs, useIds } = answer;
    if (waitMs > 0 || useIds === null) return { waitMs };
    return {
      budgetId,
      usableUntil: askedAt + Math.max(this.leaseMs - LONGEST_CALL_MS, this.leaseMs / 2),
      uses: counters.map((counter, index) => ({
        counter,
        useId: useIds[index] ?? '',
        units: units.get(counter) ?? 0,
      })),
    };
  }

  /** The vendor says no: nobody calls it for that until it may say yes. */
  private async block(budget: BudgetKey, counted: Counted | undefined, ms: number): Promise<void> {
    const counters = counted?.counters ?? [OVERALL];
    if (counted !== undefined) this.blocks.add(counted.budgetId, counters, ms);
    this.logger.warn('a vendor refused a call for its rate limit', { counters, waitMs: Math.ceil(ms) });
    try {
      if (counted === undefined) return await this.pauses.add(budget, ms);
      await this.database.rows(
        `insert into vendor_budget_block (budget_id, counter, until)
         select $1::bigint, counter, clock_timestamp() + make_interval(secs => $3::float8 / 1000)
         from unnest($2::text[]) as counter order by counter
         on conflict (budget_id, counter) do update set until = greatest(vendor_budget_block.until, excluded.until)`,
        [counted.budgetId, counters, ms],
      );
    } catch (error) {
      // The caller has the vendor's refusal to deal with; this process at least knows of it.
      this.logger.warn('a refusal could not be recorded', { reason: failureReport(error).message });
    }
  }
}

/** Some of the calls have no limit in the vendor's folder. */
const hasUnlimited = ({ needs, limits }: BudgetRequest): boolean =>
  Object.entries(needs).some(
    ([operation, calls]) => calls > 0 && counterNames(limits, operation).length === 0,
  );
