import type { Transaction } from '../database/database.js';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from '../errors.js';
import type { IdempotencyInput } from '../resources/site-requests.js';

/** What the key stood for before: an operation, or a request that changed nothing. */
export interface EarlierRequest {
  operationId: string | null;
}

/**
 * Reserves an idempotency key for this transaction and answers what it stood for before.
 * @throws IdempotencyKeyInUse when another transaction holds it at this moment
 * @throws IdempotencyKeyReused when it stood for another request
 */
export async function reserveKey(
  tx: Transaction,
  apiKeyId: string,
  { key, requestHash }: IdempotencyInput,
): Promise<EarlierRequest | undefined> {
  const [reserved] = await tx.rows<{ isFree: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended($1 || ':' || $2, 0)) as "isFree"`,
    [apiKeyId, key],
  );
  if (reserved?.isFree !== true) throw new IdempotencyKeyInUse();
  const [earlier] = await tx.rows<{ requestHash: Buffer; operationId: string | null }>(
    `select request_hash as "requestHash", operation_id as "operationId"
     from idempotency_key where api_key_id = $1 and key = $2 and expires_at > now()`,
    [apiKeyId, key],
  );
  if (earlier === undefined) return undefined;
  if (!earlier.requestHash.equals(requestHash)) throw new IdempotencyKeyReused();
  return { operationId: earlier.operationId };
}

/** Records what the key now stands for; an expired use of it is forgotten. */
export async function recordKey(
  tx: Transaction,
  apiKeyId: string,
  { key, requestHash }: IdempotencyInput,
  operationId: string | null,
): Promise<void> {
  await tx.rows(
    `insert into idempotency_key (api_key_id, key, request_hash, operation_id, expires_at)
     values ($1, $2, $3, $4, now() + interval '24 hours')
     on conflict (api_key_id, key) do update set request_hash = excluded.request_hash,
       operation_id = excluded.operation_id, created_at = now(), expires_at = excluded.expires_at`,
    [apiKeyId, key, requestHash, operationId],
  );
}
