import type { z } from 'zod';
import type { Answer, Dialect } from '../admin/exchange.js';

/** What an operation answers, before it becomes HTTP. */
export interface Reply {
  status: 200 | 201 | 204;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The API says no: `{"errors": [...]}` with a status. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly string[];

  constructor(status: number, errors: readonly string[]) {
    super(errors.join('; '));
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = (): Refusal => new Refusal(404, ['Not found']);
export const badRequest = (...errors: string[]): Refusal => new Refusal(400, errors);

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

export function answerReply({ status, body, headers = {} }: Reply): Answer {
  if (status === 204) return { status, headers, body: '' };
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) };
}

export function answerErrors(
  status: number,
  errors: readonly string[],
  headers: Record<string, string> = {},
): Answer {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify({ errors }) };
}

export const merakiDialect: Dialect = {
  failed: (status, message) => answerErrors(status, [message ?? defaultMessageOf(status)]),
  refusedWithin200: (message) => answerErrors(200, [message ?? defaultMessageOf(500)]),
};

function defaultMessageOf(status: number): string {
  if (status === 429) return RATE_LIMITED;
  return status >= 500 ? 'Internal server error' : 'The request was refused';
}

export const RATE_LIMITED = 'API rate limit exceeded for organization';

/** Parameters that the API does not know are ignored; the ones it knows must fit. */
export function parameters<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw badRequest(
    ...result.error.issues.map(({ path, message }) => {
      const name = `'${path.join('.') || 'body'}'`;
      return message.endsWith('received undefined') ? `${name} is required` : `${name}: ${message}`;
    }),
  );
}
