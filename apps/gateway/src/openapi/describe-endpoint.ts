import type { ErrorCode } from '@app/contracts';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { STATUS_OF } from '../http/problem.js';
import type { EndpointOptions } from '../http/endpoint-options.js';
import { ANSWER_HEADERS, REQUEST_HEADERS } from './headers.js';
import { component, openApiSchema, type JsonSchema } from './json-schema.js';

/** What every route of the API can answer. */
const COMMON_PROBLEMS: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'VALIDATION_FAILED',
  'DATABASE_UNAVAILABLE',
  'INTERNAL',
];
const BODY_PROBLEMS: readonly ErrorCode[] = ['MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

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
  const { properties = {}, required = [] } = openApiSchema(query, 'input').schema as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property;
    return ApiQuery({
      name,
      required: required.includes(name),
      schema,
      ...(typeof description === 'string' && { description }),
    });
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
          content: {
            'application/json': { schema: component(answer.schema) },
            ...(answer.eventStream !== undefined && {
              'text/event-stream': {
                schema: {
                  type: 'string',
                  description: `Events whose data is \`${answer.eventStream}\` as JSON.`,
                },
              },
            }),
          },
        }),
      }),
    ),
    ...problemResponses(codes),
  ];
}
