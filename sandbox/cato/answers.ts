import { randomUUID } from 'node:crypto';
import type { Answer, Dialect } from '../admin/exchange.js';
import type { Executed } from './execute.js';
import type { GraphqlErrorBody } from './graphql/graphql-error.js';

export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', Trace_id: randomUUID(), ...headers },
    body: JSON.stringify(body),
  };
}

/** An `errors` key, even an empty one, means failure to the vendor's clients: a success has none. */
export function answerExecuted(executed: Executed): Answer {
  return 'errors' in executed ? answerErrors(200, executed.errors) : answerJson(200, { data: executed.data });
}

export function answerErrors(
  status: number,
  errors: readonly GraphqlErrorBody[],
  headers: Record<string, string> = {},
): Answer {
  return answerJson(status, { errors, data: null }, headers);
}

const BACKEND_TROUBLE = 'Internal server\n';

/** How faults that tests order look in the vendor's own shapes. */
export const catoDialect: Dialect = {
  failed: (status, message = BACKEND_TROUBLE) =>
    answerErrors(status, [{ message }], status === 429 ? { 'Retry-After': '1' } : {}),
  refusedWithin200: (message = BACKEND_TROUBLE, { operations }) =>
    answerErrors(200, [{ message, path: [...operations] }]),
};
