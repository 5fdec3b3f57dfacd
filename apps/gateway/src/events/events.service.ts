import type { OperationEvent, Page, PageQuery } from '@app/contracts';
import type { OperationEvents } from '@app/ledger';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Answer } from '../http/answer.js';
import { EventStreams, OPERATION_EVENTS } from './event-streams.js';
import type { Following } from './following.decorator.js';

/** The events of operations as far as the caller may see them. */
@Injectable()
export class EventsService {
  constructor(
    @Inject(OPERATION_EVENTS) private readonly events: Pick<OperationEvents, 'list'>,
    private readonly streams: EventStreams,
  ) {}

  async get(
    caller: Caller,
    operationId: string,
    page: PageQuery,
    following: Following | undefined,
  ): Promise<Page<OperationEvent> | Answer> {
    const scope = caller.customer ?? undefined;
    if (following === undefined) return this.events.list(operationId, scope, page);
    // Nobody follows what he may not see.
    await this.events.list(operationId, scope, { limit: 1 });
    const stream = this.streams.open({ operationId, after: following.after, holder: caller.id });
    // Proxies that gather answers would hold the events back.
    const headers = { 'X-Accel-Buffering': 'no' };
    return new Answer(200, new StreamableFile(stream, { type: 'text/event-stream; charset=utf-8' }), headers);
  }
}
