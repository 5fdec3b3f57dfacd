import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import { ValidationFailed } from './request-errors.js';

/** A client's promise that requests with this key are one request. */
export interface IdempotencyKey {
  key: string;
  /** SHA-256 of method, address and body; another request under the same key has another one. */
  requestHash: Buffer;
}

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** Reads `Idempotency-Key`; undefined when there is none. */
export function idempotencyKey(
  header: string | undefined,
  request: { method: string; url: string; body: unknown },
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (!PRINTABLE.test(header)) {
    throw new ValidationFailed([
      { path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' },
    ]);
  }
  const whole = canonicalJson([request.method, request.url, request.body ?? null]);
  return { key: header, requestHash: createHash('sha256').update(whole).digest() };
}
