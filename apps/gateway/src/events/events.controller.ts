import { PageQuery, type OperationEvent, type Page } from '@app/contracts';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/caller.js';
import { CurrentCaller } from '../auth/current-caller.decorator.js';
import type { Answer } from '../http/answer.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { OperationParams } from '../operations/operation-filter.js';
import { EventsService } from './events.service.js';
import { CurrentFollowing, type Following } from './following.decorator.js';

@ApiTags('operations')
@Controller('v1/operations/:id/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @Endpoint({
    summary: 'List the events of an operation, oldest first, or follow them',
    description:
      'With `Accept: text/event-stream` as a stream that begins with the first event, or after the one of ' +
      '`Last-Event-ID`, and ends when the operation has ended; `limit` and `cursor` mean nothing then.',
    role: 'viewer',
    query: PageQuery,
    headers: ['Last-Event-ID'],
    answers: {
      200: {
        description: 'A page of events, or the stream of them.',
        schema: 'OperationEventPage',
        eventStream: 'OperationEvent',
      },
    },
    problems: ['NOT_FOUND', 'TOO_MANY_STREAMS'],
  })
  get(
    @CurrentCaller() caller: Caller,
    @Param({ schema: OperationParams }) { id }: OperationParams,
    @Query({ schema: PageQuery }) page: PageQuery,
    @CurrentFollowing() following: Following | undefined,
  ): Promise<Page<OperationEvent> | Answer> {
    return this.events.get(caller, id, page, following);
  }
}
