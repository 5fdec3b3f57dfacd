import type { MessagePublisher, OutgoingMessage } from '@app/ledger';
import { Publisher } from '@app/runtime';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

const Headers = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Takes the outbox's messages to the broker: what a settled run releases is published from here. */
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
