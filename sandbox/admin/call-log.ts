import { Changes } from './changes.js';

/** `accepted`: let through to the API; `refused`: by a rate limit; the rest: by the check of the token. */
export type CallOutcome = 'accepted' | 'refused' | 'unauthorized' | 'mismatched';

export interface LoggedCall {
  vendor: string;
  account: string;
  tokenHash: string;
  operation: string;
  /** What the client called its request (GraphQL's operationName), where the API has such a thing. */
  document: string;
  outcome: CallOutcome;
}

export interface OperationCounts {
  calls: number;
  refused: number;
  rejected: number;
}

const RECENT_LIMIT = 500;

class AccountCalls {
  readonly vendor: string;
  readonly account: string;
  readonly operations = new Map<string, OperationCounts>();
  readonly documents = new Map<string, number>();
  readonly tokens = new Map<string, Map<string, number>>();
  recent: { operation: string; document: string; outcome: CallOutcome; at: number }[] = [];
  mismatched = 0;
  unauthorized = 0;

  constructor(vendor: string, account: string) {
    this.vendor = vendor;
    this.account = account;
  }

  add({ operation, document, tokenHash, outcome }: LoggedCall, at: number): void {
    let counts = this.operations.get(operation);
    if (!counts) this.operations.set(operation, (counts = { calls: 0, refused: 0, rejected: 0 }));
    if (outcome === 'accepted') counts.calls += 1;
    else if (outcome === 'refused') counts.refused += 1;
    else counts.rejected += 1;
    if (outcome === 'mismatched') this.mismatched += 1;
    if (outcome === 'unauthorized') this.unauthorized += 1;
    this.documents.set(document, (this.documents.get(document) ?? 0) + 1);
    let used = this.tokens.get(tokenHash);
    if (!used) this.tokens.set(tokenHash, (used = new Map()));
    used.set(operation, (used.get(operation) ?? 0) + 1);
    this.recent.push({ operation, document, outcome, at });
    // Cut rarely and by half, so that a call does not cost a shift of the whole list.
    if (this.recent.length >= 2 * RECENT_LIMIT) this.recent = this.recent.slice(-RECENT_LIMIT);
  }
}

export interface CallFilter {
  vendor?: string | undefined;
  account?: string | undefined;
}

const asRecord = <T>(map: ReadonlyMap<string, T>): Record<string, T> => Object.fromEntries(map);

/** Which operations arrived, per account and per token; tokens are known by their hash alone. */
export class CallLog {
  readonly changes = new Changes();
  readonly #accounts = new Map<string, AccountCalls>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(call: LoggedCall): void {
    const key = `${call.vendor} ${call.account}`;
    let account = this.#accounts.get(key);
    if (!account) this.#accounts.set(key, (account = new AccountCalls(call.vendor, call.account)));
    account.add(call, this.#now());
    this.changes.notify();
  }

  /** Calls of one operation, or of all, that arrived, whatever became of them. */
  arrived(filter: CallFilter, operation?: string): number {
    let total = 0;
    for (const account of this.#matching(filter)) {
      for (const [name, counts] of account.operations) {
        if (operation === undefined || operation === name) {
          total += counts.calls + counts.refused + counts.rejected;
        }
      }
    }
    return total;
  }

  report(filter: CallFilter, withRecent = false): Record<string, unknown> {
    const operations: Record<string, OperationCounts> = {};
    const totals = { total: 0, refused: 0, unauthorized: 0, mismatched: 0 };
    const accounts = this.#matching(filter).map((account) => {
      for (const [name, counts] of account.operations) {
        const sum = (operations[name] ??= { calls: 0, refused: 0, rejected: 0 });
        sum.calls += counts.calls;
        sum.refused += counts.refused;
        sum.rejected += counts.rejected;
        totals.total += counts.calls + counts.refused + counts.rejected;
        totals.refused += counts.refused;
      }
      totals.unauthorized += account.unauthorized;
      totals.mismatched += account.mismatched;
      return {
        vendor: account.vendor,
        account: account.account,
        unauthorized: account.unauthorized,
        mismatched: account.mismatched,
        operations: asRecord(account.operations),
        documents: asRecord(account.documents),
        tokens: Object.fromEntries([...account.tokens].map(([hash, used]) => [hash, asRecord(used)])),
        ...(withRecent ? { recent: account.recent.slice(-RECENT_LIMIT) } : {}),
      };
    });
    return { ...totals, operations, accounts };
  }

  /** The accounts with which a token was ever used, accepted or not. */
  accountsOf(vendor: string, tokenHash: string): string[] {
    return this.#matching({ vendor })
      .filter(({ tokens }) => tokens.has(tokenHash))
      .map(({ account }) => account);
  }

  reset(): void {
    this.#accounts.clear();
  }

  #matching({ vendor, account }: CallFilter): AccountCalls[] {
    if (vendor !== undefined && account !== undefined) {
      const found = this.#accounts.get(`${vendor} ${account}`);
      return found ? [found] : [];
    }
    return [...this.#accounts.values()].filter(
      (entry) =>
        (vendor === undefined || entry.vendor === vendor) &&
        (account === undefined || entry.account === account),
    );
  }
}
