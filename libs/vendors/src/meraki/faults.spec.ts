import { expect, it } from 'vitest';
import { faultOfAnswer, messageOfBody, retryAfterMsOf } from './faults.js';

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
