import { createHash } from 'node:crypto';

/** `unauthorized`: no such token (any more); `mismatched`: a good token, but another one belongs to the account. */
export type TokenVerdict = 'accepted' | 'unauthorized' | 'mismatched';

/** The one token that no simulator ever accepts. */
const ALWAYS_INVALID = 'invalid';
const CACHE_LIMIT = 10_000;

/** Every token opens every account, except what a test has revoked or tied to an account. */
export class Tokens {
  readonly #revoked = new Set<string>();
  readonly #expected = new Map<string, string>();
  readonly #hashes = new Map<string, string>();

  /** Short, stable and not reversible: what the call log knows of a token. */
  hash(token: string): string {
    let hash = this.#hashes.get(token);
    if (hash === undefined) {
      hash = createHash('sha256').update(token).digest('hex').slice(0, 16);
      if (this.#hashes.size >= CACHE_LIMIT) this.#hashes.clear();
      this.#hashes.set(token, hash);
    }
    return hash;
  }

  verdict(vendor: string, account: string, token: string): TokenVerdict {
    if (token === '' || token === ALWAYS_INVALID) return 'unauthorized';
    if (this.#revoked.size > 0 && this.#revoked.has(this.#key(vendor, account, token))) return 'unauthorized';
    const expected = this.#expected.get(`${vendor} ${account}`);
    return expected === undefined || expected === this.hash(token) ? 'accepted' : 'mismatched';
  }

  revoke(vendor: string, account: string, token: string): void {
    this.#revoked.add(this.#key(vendor, account, token));
  }

  accept(vendor: string, account: string, token: string): void {
    this.#revoked.delete(this.#key(vendor, account, token));
  }

  /** Ties the account to one token; null unties it. */
  expect(vendor: string, account: string, token: string | null): void {
    if (token === null) this.#expected.delete(`${vendor} ${account}`);
    else this.#expected.set(`${vendor} ${account}`, this.hash(token));
  }

  reset(): void {
    this.#revoked.clear();
    this.#expected.clear();
  }

  #key(vendor: string, account: string, token: string): string {
    return `${vendor} ${account} ${this.hash(token)}`;
  }
}
