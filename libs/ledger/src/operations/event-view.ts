import type { OperationEvent } from '@app/contracts';

export interface EventRow {
  id: string;
  type: string;
  data: Record<string, unknown>;
  at: string;
}

/** What an event shows of its data. All else, fencing tokens for one, is our own business. */
const SHOWN: ReadonlySet<string> = new Set([
  'action',
  'address',
  'attempt',
  'by',
  'code',
  'details',
  'error',
  'failed',
  'id',
  'message',
  'reason',
  'releaseAt',
  'releaseNo',
  'retryable',
  'revision',
  'succeeded',
  'supersededBy',
  'total',
  'workerId',
]);

/** An event as clients see it. */
export const viewEvent = ({ id, type, data, at }: EventRow): OperationEvent => ({
  id,
  type,
  at,
  data: Object.fromEntries(Object.entries(data).filter(([field]) => SHOWN.has(field))),
});
