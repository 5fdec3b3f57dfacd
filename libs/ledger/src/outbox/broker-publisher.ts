import { Publisher } from '@app/runtime';
import { Injectable, type Provider } from '@nestjs/common';
import { z } from 'zod';
import { MESSAGE_PUBLISHER, type MessagePublisher, type OutgoingMessage } from './outbox-relay.js';

const Headers = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Takes the outbox's messages to the broker. */
@Injectable()
export class BrokerPublisher implements MessagePublisher {
  constructor(private readonly publisher: Publisher) {}

  get isReady(): boolean {
    return this.publisher.isAvailable;
  }

  async publishAll(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const verdicts = await this.publisher.publishAll(
      messages.map(({ headers, ...message }) => ({ ...message, headers: Headers.parse(headers) })),
    );
    return verdicts.map((verdict) => (verdict.isConfirmed ? undefined : verdict.error));
  }
}

/** The relay's way to the broker of the `MessagingModule`. */
export const brokerPublisher: Provider = { provide: MESSAGE_PUBLISHER, useClass: BrokerPublisher };
