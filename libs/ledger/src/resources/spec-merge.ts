import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@app/contracts';
import type { StoredSpec } from '../operations/claim.js';
import type { SecretInput } from './site-requests.js';

export interface MergedSpec extends StoredSpec {
  /** Nothing differs from what was stored, secrets included. */
  isSame: boolean;
  /** Required secrets that were neither given nor stored. */
  missing: FieldError[];
}

/** A request's spec with the stored secrets in the places that it left out. */
export function mergeSpec(
  request: { visible: Record<string, unknown>; secrets: readonly SecretInput[] },
  stored: StoredSpec | undefined,
): MergedSpec {
  const secrets: Record<string, string> = {};
  const missing: FieldError[] = [];
  for (const { key, path, isRequired, value } of request.secrets) {
    const secret = value ?? stored?.secrets[key];
    if (secret !== undefined) secrets[key] = secret;
    else if (isRequired) missing.push({ path, message: 'is required: no value is stored yet' });
  }
  // Through JSON, as it comes back from the database: an optional key that is undefined is an absent one.
  const visible: Record<string, unknown> = JSON.parse(JSON.stringify(request.visible));
  const isSame =
    stored !== undefined &&
    isDeepStrictEqual(visible, stored.visible) &&
    isDeepStrictEqual(secrets, { ...stored.secrets });
  return { visible, secrets, isSame, missing };
}
