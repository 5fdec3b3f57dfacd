import type { ErrorCode } from '@app/contracts';
import {
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  type ApiHeaderOptions,
} from '@nestjs/swagger';
import { z } from 'zod';
import { STATUS_OF } from '../http/problem.js';
import type { EndpointOptions } from '../http/endpoint.decorator.js';

const REQUEST_HEADERS = {
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
    description: '`"<revision>"` of the site that the change is meant for, or `*`: it must exist.',
    schema: { type: 'string', example: '"3"' },
  },
  'If-None-Match': {
    description: '`*`: it must not exist yet.',
    schema: { type: 'string', enum: ['*'] },
  },
} satisfies Record<string, Omit<ApiHeaderOptions, 'name'>>;
export type RequestHeader = keyof typeof REQUEST_HEADERS;

const ANSWER_HEADERS = {
  ETag: { description: 'The revision, in quotes.', schema: { type: 'string', example: '"3"' } },
  Location: { description: 'Where it is to be found.', schema: { type: 'string' } },
  'Preference-Applied': { description: 'The wait that was granted.', schema: { type: 'string' } },
} as const;

export type EndpointAnswers = Readonly<
  Record<
    number,
    {
      description: string;
      /** Name of the component that describes the body; none: no body. */
      schema?: string;
      headers?: readonly (keyof typeof ANSWER_HEADERS)[];
    }
  >
>;

/** What every route of the API can answer. */
const COMMON_PROBLEMS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'VALIDATION_FAILED',
  'DATABASE_UNAVAILABLE',
  'INTERNAL',
];
const BODY_PROBLEMS: readonly ErrorCode[] = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** A reference to a component of the document. */
export const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const pick = <Key extends string, Value>(from: Record<Key, Value>, keys: readonly Key[]) =>
  Object.fromEntries(keys.map((key) => [key, from[key]]));

function problemResponses(codes: readonly ErrorCode[]): MethodDecorator[] {
  const byStatus = Map.groupBy(new Set(codes), (code) => STATUS_OF[code] ?? 500);
  return [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({
      status,
      description: `code ${ofStatus.map((code) => `\`${code}\``).join(', ')}`,
      content: { 'application/problem+json': { schema: component('Problem') } },
    }),
  );
}

function queryParameters(query: z.ZodObject): MethodDecorator[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', target: 'openapi-3.0', reused: 'inline' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as Record<string, unknown> & { description?: string };
    return ApiQuery({ name, required: false, schema, ...(description !== undefined && { description }) });
  });
}

/** The OpenAPI decorators of a route, from its declaration. */
export function describeEndpoint(options: EndpointOptions): MethodDecorator[] {
  const { summary, description = '', role, query, headers = [], body, answers, problems = [] } = options;
  const codes = [...COMMON_PROBLEMS, ...(body === undefined ? [] : BODY_PROBLEMS), ...problems];
  const scope = options.isForAllCustomers === true ? ', for all customers' : '';
  return [
    ApiBearerAuth(),
    ApiOperation({ summary, description: `${description}\n\nRole: \`${role}\`${scope}.`.trim() }),
    ...headers.map((name) => ApiHeader({ name, required: false, ...REQUEST_HEADERS[name] })),
    ...(query === undefined ? [] : queryParameters(query)),
    ...(body === undefined ? [] : [ApiBody({ required: true, schema: component(body) })]),
    ...Object.entries(answers).map(([status, answer]) =>
      ApiResponse({
        status: Number(status),
        description: answer.description,
        headers: pick(ANSWER_HEADERS, answer.headers ?? []),
        ...(answer.schema !== undefined && {
          content: { 'application/json': { schema: component(answer.schema) } },
        }),
      }),
    ),
    ...problemResponses(codes),
  ];
}
