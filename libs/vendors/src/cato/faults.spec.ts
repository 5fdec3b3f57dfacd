import { describe, expect, it } from 'vitest';
import { faultOfAnswer, faultOfDiagnostic } from './faults.js';

const REQUEST = '{"operationName":"siteAddIpsecIkeV2SiteTunnels","variables":{"psk":"canary-psk"}}';
/** The SDK's error frame, one line (vendors.md 1.2). */
const frame = (network: unknown, graphql: unknown): string =>
  `Cato API error in SiteAddIpsecIkeV2SiteTunnels\n\n{"networkErrors":${JSON.stringify(network)},"graphqlErrors":${JSON.stringify(graphql)}} (traceID: 0a1b-2c) (requestBody: ${REQUEST})`;

describe('an error of the provider', () => {
  it('a call that was cut off says nothing about the request', () => {
    const text =
      'Error hydrating IPSec site state: request failed: POST http://cato/graphql2 giving up after 1 attempt(s): context canceled';
    expect(faultOfDiagnostic(text)).toMatchObject({ code: 'VENDOR_UNAVAILABLE', retryable: true });
  });

  it.each([
    [
      'a GraphQL rate limit',
      frame(null, [{ message: 'rate limit for operation: entityLookup' }]),
      'VENDOR_RATE_LIMITED',
      true,
    ],
    ['a 500', frame({ code: 500, message: 'Response body oops' }, null), 'VENDOR_UNAVAILABLE', true],
    ['trouble behind the API', frame(null, [{ message: 'Internal server\n' }]), 'VENDOR_UNAVAILABLE', true],
    [
      'DOWNSTREAM_SERVICE_ERROR',
      frame(null, [{ message: 'DOWNSTREAM_SERVICE_ERROR' }]),
      'VENDOR_UNAVAILABLE',
      true,
    ],
    [
      'a 401',
      frame({ code: 401, message: 'Response body {"errors":[{"message":"bad key"}]}' }, null),
      'VENDOR_AUTH_FAILED',
      false,
    ],
    ['a 403', frame({ code: 403, message: 'Response body ' }, null), 'VENDOR_AUTH_FAILED', false],
    [
      'a 422',
      frame(
        { code: 422, message: 'Response body {"errors":[{"message":"input: psk is not a valid String"}]}' },
        null,
      ),
      'VENDOR_REJECTED',
      false,
    ],
    [
      'a name that is taken',
      frame(null, [{ message: 'a site named acme-paris already exists' }]),
      'NAME_TAKEN',
      false,
    ],
    ['any other refusal', frame(null, [{ message: 'no such tunnel' }]), 'VENDOR_REJECTED', false],
  ])('%s is understood, and nothing of the request is kept', (_name, text, code, retryable) => {
    const fault = faultOfDiagnostic(text);
    expect(fault).toMatchObject({ code, retryable, traceId: '0a1b-2c' });
    expect(JSON.stringify(fault)).not.toMatch(/canary|requestBody|operationName/);
  });

  it('an answer that echoes the request does not bring it back in', () => {
    const text = frame({ code: 400, message: `Response body ${REQUEST}` }, null);
    expect(faultOfDiagnostic(text)).toMatchObject({
      code: 'VENDOR_REJECTED',
      message: 'the vendor answered 400',
    });
  });

  it('an exhausted retry and a lost connection, which have no frame, are understood', () => {
    expect(
      faultOfDiagnostic(
        'Catov2 API EntityLookup error: request failed: POST http://x giving up after 6 attempt(s)',
      ),
    ).toMatchObject({ code: 'VENDOR_RATE_LIMITED' });
    expect(faultOfDiagnostic('Cato API error: connection error: dial tcp: connection refused')).toMatchObject(
      { code: 'VENDOR_UNAVAILABLE' },
    );
  });

  it('an answer that the provider could not read says nothing, and may have been a success', () => {
    const text =
      'Cato API error in SiteAddIpsecIkeV2SiteTunnels: failed to decode data {"data":{"site":{"psk":"canary-psk"' +
      `: unexpected end of JSON input (traceID: 0a1b-2c) (requestBody: ${REQUEST})`;
    expect(faultOfDiagnostic(text)).toEqual({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
      message: 'the answer could not be read',
      traceId: '0a1b-2c',
    });
  });

  it('an error of Terraform’s own is not the vendor’s', () => {
    expect(faultOfDiagnostic('Error acquiring the state lock')).toBeUndefined();
  });
});

describe('an answer of the API', () => {
  it('without a text is described by its status', () => {
    expect(faultOfAnswer(503, ' ')).toEqual({
      code: 'VENDOR_UNAVAILABLE',
      retryable: true,
      message: 'the vendor answered 503',
    });
  });
});
