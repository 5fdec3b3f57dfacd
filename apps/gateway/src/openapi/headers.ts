import type { ApiHeaderOptions } from '@nestjs/swagger';

/** The request headers that mean something to us. */
export const REQUEST_HEADERS = {
  'Idempotency-Key': {
    description:
      'Makes the request safe to repeat for 24 hours: the same key with the same body is the same operation.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  Prefer: {
    description: '`wait=N`: answer when the operation is final, after at most N (≤ 60) seconds.',
    schema: { type: 'string', example: 'wait=30' },
  },
  'If-Match': {
    description: '`"<revision>"` of what the change is meant for, or `*`: it must exist.',
    schema: { type: 'string', example: '"3"' },
  },
  'Last-Event-ID': {
    description: 'With `Accept: text/event-stream`: the last event that is known already.',
    schema: { type: 'string', example: '4711' },
  },
  'If-None-Match': {
    description: '`*`: it must not exist yet.',
    schema: { type: 'string', enum: ['*'] },
  },
} satisfies Record<string, Omit<ApiHeaderOptions, 'name'>>;
export type RequestHeader = keyof typeof REQUEST_HEADERS;

/** The headers of answers. */
export const ANSWER_HEADERS = {
  ETag: { description: 'The revision, in quotes.', schema: { type: 'string', example: '"3"' } },
  Location: { description: 'Where it is to be found.', schema: { type: 'string' } },
  'Preference-Applied': { description: 'The wait that was granted.', schema: { type: 'string' } },
} as const;

/** What a route answers when all is well, by status. */
export type EndpointAnswers = Readonly<
  Record<
    number,
    {
      description: string;
      /** Name of the component that describes the body; none: no body. */
      schema?: string;
      /** Name of the component that is the data of each event, where a stream can be had instead. */
      eventStream?: string;
      headers?: readonly (keyof typeof ANSWER_HEADERS)[];
    }
  >
>;
