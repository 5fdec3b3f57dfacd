import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ScriptedCato } from '../testing/scripted-cato.js';
import { startScriptedCato } from '../testing/scripted-cato.js';
import { CatoClient } from './cato-client.js';
import { OPERATIONS } from './documents.js';
import type { RetryPolicy } from './retry.js';
import { retryWaitMs } from './retry.js';

const QUICK: RetryPolicy = { max: 2, waitMinSeconds: 0.001, waitMaxSeconds: 0.002 };
const PSK = 'pre-shared & <secret>';
const VARIABLES = { siteId: '7', accountId: '1234', note: PSK };
const RATE_LIMITED = {
  errors: [{ message: 'rate limit for operation: entityLookup', path: ['entityLookup'] }],
};

let cato: ScriptedCato;

beforeEach(async () => {
  cato = await startScriptedCato();
});

afterEach(() => cato.close());

const clientOf = (retry: RetryPolicy = QUICK, baseUrl = cato.url): CatoClient =>
  new CatoClient({ baseUrl, token: 'token-1', accountId: '1234', retry }, '0.0.96');
const call = (client = clientOf(), signal = new AbortController().signal): Promise<unknown> =>
  client.execute(OPERATIONS.removeSite, VARIABLES, signal);
const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : '';
};

const requestSuffix = (): string => ` (requestBody: ${cato.calls[0]?.rawBody})`;
const after = (status: number, retryAfter?: string) => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  body: '',
});

describe('a call', () => {
  it('is one POST with the headers and the body of the SDK', async () => {
    await call();
    expect(cato.calls).toMatchObject([
      {
        operationName: 'siteRemoveSite',
        query: OPERATIONS.removeSite.document,
        variables: VARIABLES,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          accept: 'application/json; charset=utf-8',
          'x-api-key': 'token-1',
          'x-account-id': '1234',
          'user-agent': 'cato-terraform-0.0.96',
        },
      },
    ]);
  });

  it('escapes what Go escapes', async () => {
    await call();
    expect(cato.calls[0]?.rawBody).toContain(String.raw`pre-shared \u0026 \u003csecret\u003e`);
  });
});

describe('a failed call says', () => {
  it('the network error with status and body, the trace and the whole request', async () => {
    cato.script = () => ({ status: 503, headers: { Trace_id: 'trace-9' }, body: 'no "service"' });
    expect(await failure(call())).toBe(
      String.raw`{"networkErrors":{"code":503,"message":"Response body no \"service\""},"graphqlErrors":null}` +
        ` (traceID: trace-9)${requestSuffix()}`,
    );
  });

  it('both kinds of errors when the body of a refusal has them', async () => {
    const errors = [{ message: 'cannot be null', path: ['variable', 'x', 0] }];
    cato.script = () => ({ status: 422, body: { errors, data: null } });
    const message = await failure(call());
    expect(message).toContain('"networkErrors":{"code":422,');
    expect(message).toContain(`"graphqlErrors":${JSON.stringify(errors)}}${requestSuffix()}`);
  });

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['null', null],
    ['an error', [{ message: 'Internal server\n' }]],
  ])('that there are GraphQL errors when the key holds %s', async (_name, errors) => {
    cato.script = () => ({ body: { data: { site: { removeSite: { siteId: '7' } } }, errors } });
    expect(await failure(call())).toBe(
      `{"networkErrors":null,"graphqlErrors":${JSON.stringify(errors)}}${requestSuffix()}`,
    );
  });

  it('which key was not expected', async () => {
    cato.script = () => ({ body: { data: { site: { removeSite: { siteId: '7', name: 'x' } } } } });
    const message = await failure(call());
    expect(message).toContain(`struct field for "name" doesn't exist in any of 1 places to unmarshal`);
    expect(message).toContain(requestSuffix());
  });

  it('that the answer is not JSON', async () => {
    cato.script = () => ({ body: '<html>' });
    expect(await failure(call())).toContain('failed to decode data <html>: ');
  });

  it('that there was no connection, without another try', async () => {
    const url = cato.url;
    await cato.close();
    expect(await failure(call(clientOf(QUICK, url)))).toContain(
      `request failed: POST ${url} giving up after 1 attempt(s): connection error (requestBody: {`,
    );
  });

  it('that it was cancelled', async () => {
    const stop = new AbortController();
    cato.script = () => {
      stop.abort();
      return { status: 429, body: '' };
    };
    expect(await failure(call(clientOf(), stop.signal))).toContain(
      'giving up after 1 attempt(s): context canceled',
    );
  });
});

describe('a call is repeated', () => {
  it.each([
    ['status 429', { status: 429, body: '' }],
    ['a rate limit error within status 200', { body: RATE_LIMITED }],
    [
      'a rate limit error within another status',
      { status: 400, body: { graphqlErrors: [{ message: 'ratelimit' }] } },
    ],
  ])('after %s', async (_name, refusal) => {
    cato.script = (_call, index) => (index < 2 ? refusal : undefined);
    await call();
    expect(cato.calls).toHaveLength(3);
  });

  it('until its tries are used up', async () => {
    cato.script = () => ({ body: RATE_LIMITED });
    expect(await failure(call())).toContain(`request failed: POST ${cato.url} giving up after 3 attempt(s)`);
    expect(cato.calls).toHaveLength(3);
  });

  it.each([
    ['500', { status: 500, body: '' }],
    ['503', { status: 503, body: '' }],
    ['404', { status: 404, body: '' }],
    ['an error that only sounds like it', { body: { errors: [{ message: 'Rate Limit' }] } }],
    ['the words elsewhere than in an error', { status: 500, body: { note: 'rate limit' } }],
  ])('never after %s', async (_name, refusal) => {
    cato.script = () => refusal;
    await failure(call());
    expect(cato.calls).toHaveLength(1);
  });
});

describe('the wait before a repetition', () => {
  const policy: RetryPolicy = { max: 5, waitMinSeconds: 1, waitMaxSeconds: 30 };

  it.each([0, 1, 2, 3, 4, 5, 9])('doubles up to its bound: attempt %i', (attempt) => {
    expect(retryWaitMs(policy, attempt, after(200))).toBe(Math.min(2 ** attempt, 30) * 1000);
  });

  it.each([
    [429, '7', 7000],
    [503, '7', 7000],
    [200, '7', 1000],
    [429, 'soon', 1000],
  ])('heeds Retry-After only where it counts: %i %s', (status, retryAfter, waitMs) => {
    expect(retryWaitMs(policy, 0, after(status, retryAfter))).toBe(waitMs);
  });
});
