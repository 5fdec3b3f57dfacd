import type { RunGrant } from './claim.js';

/** `$1` to `$4` of every guarded statement. */
export const keyOf = ({
  operationId,
  customerId,
  resourceId,
  fencingToken,
}: RunGrant): [string, string, string, number] => [operationId, customerId, resourceId, fencingToken];
