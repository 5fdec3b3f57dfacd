import type { Admission } from '../admin/sliding-windows.js';

export interface BucketSize {
  perSecond: number;
  /** What may come at once after a rest. */
  burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Token buckets per key, on the sandbox's clock. A refused call takes nothing out. */
export class TokenBuckets {
  readonly #size: BucketSize;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(size: BucketSize, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  take(key: string): Admission {
    const { perSecond, burst } = this.#size;
    const now = this.#now();
    let bucket = this.#buckets.get(key);
    if (!bucket) this.#buckets.set(key, (bucket = { tokens: burst, filledAt: now }));
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    if (bucket.tokens >= 1 - ROUNDING) {
      bucket.tokens = Math.max(0, bucket.tokens - 1);
      return { isAdmitted: true, retryAfterMs: 0 };
    }
    return { isAdmitted: false, retryAfterMs: ((1 - bucket.tokens) / perSecond) * 1000 };
  }

  reset(): void {
    this.#buckets.clear();
  }
}

/** A tenth of a second is no exact number: without it, the token that is due exactly now would be refused. */
const ROUNDING = 1e-6;
