import { STATUS_CODES } from 'node:http';
import type { Answer, Dialect } from '../admin/exchange.js';

export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export const answerNothing = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: '',
});

/** Application codes of the services; the vendor's lie between about 4001 and 5000. */
export const ERROR_CODES = {
  invalid: 4001,
  quota: 4010,
  notFound: 4404,
  exists: 4409,
  busy: 4423,
  failed: 4500,
} as const;

/** A call that the Director refuses, with what its body says. */
export class Refused extends Error {
  readonly status: number;
  readonly code: number;
  readonly moreInfo: string;

  constructor(status: number, code: number, message: string, moreInfo = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.moreInfo = moreInfo;
  }

  static invalid(message: string): Refused {
    return new Refused(400, ERROR_CODES.invalid, message);
  }

  static notFound(what: string): Refused {
    return new Refused(404, ERROR_CODES.notFound, `${what} does not exist`);
  }

  /** Refusals by the services' own rules come as a server error, with a code that tells them apart. */
  static business(code: number, message: string, moreInfo?: string): Refused {
    return new Refused(500, code, message, moreInfo);
  }
}

export type ConfdTag =
  | 'access-denied'
  | 'data-exists'
  | 'data-missing'
  | 'invalid-value'
  | 'lock-denied'
  | 'malformed-message'
  | 'operation-failed';

export class ConfdRefused extends Error {
  readonly status: number;
  readonly tag: ConfdTag;

  constructor(status: number, tag: ConfdTag, message: string) {
    super(message);
    this.status = status;
    this.tag = tag;
  }
}

export function answerConfdError(status: number, tag: ConfdTag, message: string, path = ''): Answer {
  const error = { 'error-message': message, 'error-urlpath': path, 'error-tag': tag };
  return answerJson(status, { errors: { error: [error] } });
}

export function answerServiceError(
  status: number,
  code: number,
  message: string,
  moreInfo = '',
  headers: Record<string, string> = {},
): Answer {
  const error = STATUS_CODES[status] ?? 'Error';
  return answerJson(status, { error, code, message, more_info: moreInfo }, headers);
}

const TAG_OF_STATUS = new Map<number, ConfdTag>([
  [400, 'invalid-value'],
  [401, 'access-denied'],
  [403, 'access-denied'],
  [404, 'data-missing'],
  [409, 'lock-denied'],
]);

const BACKEND_TROUBLE = 'internal error';

const headersOf = (status: number): Record<string, string> => (status === 429 ? { 'Retry-After': '1' } : {});

/** How faults that tests order look in the vendor's own shapes. */
export const versaDialect: Dialect = {
  failed: (status, message = BACKEND_TROUBLE, { operations }) => {
    if (operations.some((name) => name.startsWith('config:'))) {
      return answerConfdError(status, TAG_OF_STATUS.get(status) ?? 'operation-failed', message);
    }
    return answerServiceError(status, ERROR_CODES.failed, message, '', headersOf(status));
  },
  refusedWithin200: (message = BACKEND_TROUBLE) => answerServiceError(200, ERROR_CODES.failed, message),
};
