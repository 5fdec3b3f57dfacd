import type { Channel, Message } from 'amqplib';
import { type MockInstance, vi } from 'vitest';

const UNKNOWN_DELIVERY_TAG = 9_999;

/**
 * Makes the next ack of this process name a delivery that the broker does not know: it closes that channel
 * with 406, as it does when a delivery took too long.
 */
export function breakNextAck(channel: Channel): MockInstance {
  const prototype: { ack: (message: Message) => void } = Object.getPrototypeOf(channel);
  const ack = prototype.ack;
  return vi.spyOn(prototype, 'ack').mockImplementationOnce(function (this: Channel, message) {
    ack.call(this, { ...message, fields: { ...message.fields, deliveryTag: UNKNOWN_DELIVERY_TAG } });
  });
}
