import { OVERALL } from '@app/vendors';
import type { Database } from '../database/database.js';
import type { BudgetKey } from './budget.js';
import { canonicalKey } from './counters.js';
import type { KnownBlocks } from './known-blocks.js';

/**
 * What is known of the limits that a vendor does not name: it has refused a call, and until when. Nobody knows what it
 * counted, so nothing of the account's that has no limit of its own is called before that.
 */
export class AccountPauses {
  readonly #database: Database;
  readonly #known: KnownBlocks;

  constructor(database: Database, known: KnownBlocks) {
    this.#database = database;
    this.#known = known;
  }

  /** As far as this process knows. */
  knownMs(budget: BudgetKey): number {
    return this.#known.waitMs(nameOf(budget), [OVERALL]);
  }

  /** As far as any process knows. */
  async waitMs(budget: BudgetKey): Promise<number> {
    const { vendor, baseUrl, accountId } = canonicalKey(budget);
    const [blocked] = await this.#database.rows<{ ms: number }>(
      `select (extract(epoch from k.until - clock_timestamp()) * 1000)::float8 as ms
       from vendor_budget b join vendor_budget_block k on k.budget_id = b.id
       where b.vendor = $1 and b.base_url = $2 and b.account_id = $3 and k.counter = $4
         and k.until > clock_timestamp()`,
      [vendor, baseUrl, accountId, OVERALL],
    );
    if (blocked !== undefined) this.#known.add(nameOf(budget), [OVERALL], blocked.ms);
    return this.knownMs(budget);
  }

  /** Of an account that nothing was ever reserved for, too. */
  async add(budget: BudgetKey, ms: number): Promise<void> {
    this.#known.add(nameOf(budget), [OVERALL], ms);
    const { vendor, baseUrl, accountId } = canonicalKey(budget);
    await this.#database.rows(
      `with budget as (
         insert into vendor_budget (vendor, base_url, account_id) values ($1, $2, $3)
         on conflict (vendor, base_url, account_id) do update set active_at = now()
         returning id
       )
       insert into vendor_budget_block (budget_id, counter, until)
       select id, $4, clock_timestamp() + make_interval(secs => $5::float8 / 1000) from budget
       on conflict (budget_id, counter) do update set until = greatest(vendor_budget_block.until, excluded.until)`,
      [vendor, baseUrl, accountId, OVERALL, ms],
    );
  }
}

const nameOf = (budget: BudgetKey): string => {
  const { vendor, baseUrl, accountId } = canonicalKey(budget);
  return `${vendor} ${baseUrl} ${accountId}`;
};
