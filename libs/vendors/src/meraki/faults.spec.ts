import { expect, it } from 'vitest';
import { faultOfAnswer, faultOfBatch, faultOfText, messageOfBody, retryAfterMsOf } from './faults.js';

it.each<[string, number, string, string, boolean]>([
  ['the limit of calls', 429, 'API rate limit exceeded for organization', 'VENDOR_RATE_LIMITED', true],
  [
    'the limit of batches',
    400,
    'Too many concurrently running batches. Limit is 5.',
    'VENDOR_RATE_LIMITED',
    true,
  ],
  ['a bad key', 401, 'Invalid API key', 'VENDOR_AUTH_FAILED', false],
  ['a key without access', 403, '', 'VENDOR_AUTH_FAILED', false],
  ['trouble of the vendor', 502, '', 'VENDOR_UNAVAILABLE', true],
  ['a name that is taken', 400, 'Validation failed: Name has already been taken', 'NAME_TAKEN', false],
  ['a device of somebody else', 400, 'Device with serial Q is already claimed', 'VENDOR_REJECTED', false],
  ['something that is not there', 404, 'Not found', 'VENDOR_REJECTED', false],
])('%s is understood', (_what, status, message, code, retryable) => {
  expect(faultOfAnswer(status, message)).toMatchObject({ code, retryable });
});

it('what the vendor says of when to come back is kept', () => {
  expect(faultOfAnswer(429, 'slow down', retryAfterMsOf('2'))).toMatchObject({ retryAfterMs: 2000 });
  expect(faultOfAnswer(429, 'slow down', retryAfterMsOf('soon'))).not.toHaveProperty('retryAfterMs');
  expect(retryAfterMsOf(null)).toBeUndefined();
});

it('of a body only its sentences are kept', () => {
  expect(messageOfBody('{"errors":["one","two"],"secret":"psk"}')).toBe('one; two');
  expect(messageOfBody('<html>psk</html>')).toBe('');
  expect(faultOfAnswer(500, messageOfBody('psk')).message).toBe('the vendor answered 500');
});

it.each([
  ['Device with serial Q is already claimed', 'VENDOR_REJECTED', false],
  ['Internal server error', 'VENDOR_UNAVAILABLE', true],
  ['The action batch was not completed within 10 minutes', 'VENDOR_UNAVAILABLE', true],
])('a batch that failed of "%s" is understood', (sentence, code, retryable) => {
  expect(faultOfBatch([sentence])).toEqual({ code, message: sentence, retryable });
});

it.each([
  [
    'HTTP Request failed: StatusCode 429, JSON error: ["API rate limit exceeded for organization"]',
    'VENDOR_RATE_LIMITED',
    'API rate limit exceeded for organization',
  ],
  ['{"errors":["API rate limit exceeded for organization"]}', 'VENDOR_RATE_LIMITED', undefined],
  ['HTTP Request failed: StatusCode 401', 'VENDOR_AUTH_FAILED', 'the vendor answered 401'],
  ['{"errors":["Validation failed: Name has already been taken"]}', 'NAME_TAKEN', undefined],
])('an error text is read: %s', (text, code, message) => {
  expect(faultOfText(text)).toMatchObject({ code, ...(message === undefined ? {} : { message }) });
});

it('an error text of somebody else is nobody’s fault here', () => {
  expect(faultOfText('Error: creating site failed')).toBeUndefined();
});
