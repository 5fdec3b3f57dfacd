import { z } from 'zod';
import { Lane } from './queues.js';

/** The message type of "converge this site", and the Nest pattern that handles it. */
export const SITE_CONVERGE = 'site.converge.v1';

/**
 * An operation was released to the workers. Ids only: what to do and the secrets for it are in the ledger.
 * Unknown keys are ignored, so that workers and gateways of neighbouring versions understand each other.
 */
export const OperationReleased = z
  .object({ operationId: z.uuid(), customerId: z.uuid(), releaseNo: z.int().positive(), lane: Lane })
  .meta({ id: 'OperationReleased' });
export type OperationReleased = z.infer<typeof OperationReleased>;

/** Message headers of ours. Everything else in the headers belongs to the broker. */
export const MessageHeader = {
  idempotencyKey: 'x-sw-idempotency-key',
  operationId: 'x-sw-operation-id',
  releaseNo: 'x-sw-release-no',
  attempt: 'x-sw-attempt',
} as const;
