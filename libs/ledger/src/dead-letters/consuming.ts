import { MessageHeader, type OperationReleased } from '@app/contracts';
import type { DeliveryContext, RejectedDelivery } from '@app/runtime';
import type { DeadLetterDeliveries } from './dead-letters.js';

/** The transport's hook for deliveries that are about to be dead-lettered. */
export const recordRejected =
  (deliveries: Pick<DeadLetterDeliveries, 'recordRejected'>) =>
  ({ queue, headers, reason, contentHash }: RejectedDelivery): Promise<void> =>
    deliveries.recordRejected({
      queue,
      operationId: headers[MessageHeader.operationId],
      releaseNo: headers[MessageHeader.releaseNo],
      error: reason,
      contentHash,
    });

/**
 * Does the work of a delivery, except for one that somebody moved back from the dead-letter queue and that has opened
 * its operation again: that has been released with a message of its own.
 */
export async function unlessReplayed(
  deliveries: Pick<DeadLetterDeliveries, 'replayDelivered'>,
  message: OperationReleased,
  { isReplay }: Pick<DeliveryContext, 'isReplay'>,
  work: () => Promise<void>,
): Promise<void> {
  if (isReplay && (await deliveries.replayDelivered(message)) !== 'nothing') return;
  await work();
}
