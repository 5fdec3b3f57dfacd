import { setTimeout as wait } from 'node:timers/promises';

import type { NetworkErrors } from './api-error.js';
import { CatoApiError, errorFrame } from './api-error.js';
import type { Operation } from './documents.js';
import { goJson } from './go-json.js';
import type { HttpAnswer } from './http-post.js';
import { post } from './http-post.js';
import type { RetryPolicy } from './retry.js';
import { isRateLimited, retryWaitMs } from './retry.js';
import { decodeFault } from './strict-decoder.js';

export interface CatoAccount {
  readonly baseUrl: string;
  readonly token: string;
  readonly accountId: string;
  readonly retry: RetryPolicy;
}

interface Envelope<Data> {
  readonly data?: Data | null;
  readonly errors?: unknown;
}

const encodedDocuments = new Map<string, string>();

/** Calls the GraphQL API of one account exactly as the vendor's SDK does, failures included. */
export class CatoClient {
  readonly #account: CatoAccount;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(account: CatoAccount, version: string) {
    this.#account = account;
    this.#url = new URL(account.baseUrl);
    this.#headers = {
      'content-type': 'application/json; charset=utf-8',
      accept: 'application/json; charset=utf-8',
      'x-api-key': account.token,
      'x-account-id': account.accountId,
      'user-agent': `cato-terraform-${version}`,
    };
  }

  get accountId(): string {
    return this.#account.accountId;
  }

  /** Resolves with `data`, checked against what the document selects; the type is the caller's word for that. */
  async execute<Data>(
    operation: Operation,
    variables: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Data | undefined> {
    const body = requestBody(operation, variables);
    const answer = await this.#postUntilAllowed(body, signal);
    const envelope = parse<Data>(answer.body);
    const failure = failureOf(operation, answer, envelope);
    if (failure !== undefined) throw new CatoApiError(failure, body, traceId(answer));
    return envelope instanceof Error ? undefined : (envelope.data ?? undefined);
  }

  async #postUntilAllowed(body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { retry } = this.#account;
    const headers = { ...this.#headers, 'content-length': String(Buffer.byteLength(body)) };
    for (let attempt = 0; ; attempt += 1) {
      const givingUp = `request failed: POST ${this.#url.href} giving up after ${attempt + 1} attempt(s)`;
      const cancelled = (): CatoApiError => new CatoApiError(`${givingUp}: context canceled`, body);
      if (signal.aborted) throw cancelled();
      let answer: HttpAnswer;
      try {
        answer = await post(this.#url, headers, body, signal);
      } catch {
        throw signal.aborted ? cancelled() : new CatoApiError(`${givingUp}: connection error`, body);
      }
      if (!isRateLimited(answer)) return answer;
      if (attempt >= retry.max) throw new CatoApiError(givingUp, body);
      await wait(retryWaitMs(retry, attempt, answer), undefined, { signal }).catch(() => {
        throw cancelled();
      });
    }
  }
}

function requestBody({ name, document }: Operation, variables: Readonly<Record<string, unknown>>): string {
  let start = encodedDocuments.get(name);
  if (start === undefined) {
    start = `{"operationName":${goJson(name)},"query":${goJson(document)},"variables":`;
    encodedDocuments.set(name, start);
  }
  return `${start}${goJson(variables)}}`;
}

/** Why the answer counts as a failure; undefined if it does not. */
function failureOf(
  { document }: Operation,
  answer: HttpAnswer,
  envelope: Envelope<unknown> | Error,
): string | undefined {
  const isSuccess = answer.status >= 200 && answer.status <= 299;
  const network: NetworkErrors | null = isSuccess
    ? null
    : { code: answer.status, message: `Response body ${answer.body}` };
  // Present is enough: null and an empty list count as errors too.
  if ('errors' in envelope) return errorFrame(network, envelope.errors);
  if (network) return errorFrame(network, null);
  if (envelope instanceof Error) return `failed to decode data ${answer.body}: ${envelope.message}`;
  const fault = decodeFault(document, envelope.data);
  return fault && `failed to decode data into response ${answer.body}: ${fault}`;
}

function parse<Data>(body: string): Envelope<Data> | Error {
  try {
    const parsed: Envelope<Data> | null = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : new Error('not an object');
  } catch (error) {
    return error instanceof Error ? error : new Error('not JSON');
  }
}

function traceId({ headers }: HttpAnswer): string {
  const value = headers['trace_id'] ?? headers['trace-id'];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
