import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ValidationFailed } from '../http/request-errors.js';

/** A client that wants a stream, from the event after `after` on. */
export interface Following {
  after: string;
}

const EVENT_ID = /^\d{1,18}$/;

function lastEventId(header: string | undefined): string {
  if (header === undefined || header === '') return '0';
  if (!EVENT_ID.test(header)) {
    throw new ValidationFailed([{ path: 'Last-Event-ID', message: 'must be the id of an event' }]);
  }
  return header;
}

/** What a request asks for with `Accept: text/event-stream`, as a handler's parameter; undefined without it. */
export const CurrentFollowing = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Following | undefined => {
    const request = context.switchToHttp().getRequest<Request>();
    const wantsStream =
      request.method === 'GET' &&
      request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
    return wantsStream ? { after: lastEventId(request.get('last-event-id')) } : undefined;
  },
);
