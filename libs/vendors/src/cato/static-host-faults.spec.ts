import { describe, expect, it } from 'vitest';
import { VendorFaultError } from '../faults.js';
import { CatoRefusal } from './client.js';
import { faultOfAnswer, messageOf, type ApiError } from './faults.js';
import { explained, StaticHostsRefusedError, wordsOf, type NamedHost } from './static-host-faults.js';

const added = [
  { name: 'cam-1', ip: '10.0.0.1' },
  { name: 'site', ip: '10.0.0.2' },
  { name: 'timeout', ip: '10.0.0.3' },
] as const;
const removed = [{ hostId: '7001' }, { hostId: '7002', name: 'cam-9', ip: '10.0.0.9' }] as const;
const sent = { hostToAdd: added, hostToRemove: removed };

function refusal(...errors: ApiError[]): unknown {
  const fault = faultOfAnswer(undefined, messageOf(errors), wordsOf(sent));
  return explained(new CatoRefusal(fault, errors), sent, '501');
}
const input = (...path: (string | number)[]): ApiError => ({
  message: 'cannot be null',
  path: ['variable', 'updateSiteStaticHostsInput', ...path],
});

describe('a refusal for good points at', () => {
  it.each<[string, ApiError, NamedHost[]]>([
    ['the place in the input', input('hostToAdd', 1, 'ip'), [added[1]]],
    ['the place among those to remove', input('hostToRemove', 0, 'hostId'), [removed[0]]],
    [
      'a quoted name, whatever else its words are',
      { message: 'host "site" has an IP that exists' },
      [added[1]],
    ],
    ['a quoted name before the address beside it', { message: '"timeout": 10.0.0.1 exists' }, [added[2]]],
    ['an id', { message: 'Static host with id: 7001 is not found' }, [removed[0]]],
    ['an address', { message: 'IP 10.0.0.3 already exists in the site' }, [added[2]]],
    ['a name that is no word', { message: 'cam-1 already exists' }, [added[0]]],
    ['nobody: a name that may be a word', { message: 'too many hosts for the site' }, []],
    ['nobody: a host that was not sent', { message: 'IP 10.0.0.12 already exists' }, []],
    ['nobody: a place that is not in the input', input('hostToAdd', 12, 'ip'), []],
  ])('%s', (_name, error, offenders) => {
    expect(refusal(error)).toBeInstanceOf(StaticHostsRefusedError);
    expect(refusal(error)).toMatchObject({ fault: { retryable: false }, offenders });
  });

  it('several hosts, each once', () => {
    const errors = ['"cam-1" is bad', 'IP 10.0.0.1 is bad', '"site" is bad'].map((message) => ({ message }));
    expect(refusal(...errors)).toMatchObject({ offenders: [added[0], added[1]] });
  });
});

describe('what a host is called does not decide what an answer means', () => {
  it.each([
    ['Static host with name "timeout" already exists', 'NAME_TAKEN'],
    ['Static host "timeout" is not allowed', 'VENDOR_REJECTED'],
    ['rate limit for operation: updateSiteStaticHosts', 'VENDOR_RATE_LIMITED'],
    ['the request ran into a TIMEOUT', 'VENDOR_UNAVAILABLE'],
  ])('%s', (message, code) => expect(refusal({ message })).toMatchObject({ fault: { code } }));
});

it.each([
  ['Static host with id: 7001 is not found', 'host'],
  ['Site with id: 501 is not found', 'site'],
  ['Static host "cam-1" exists', undefined],
])('"%s": missing is %s', (message, missing) => expect(refusal({ message })).toMatchObject({ missing }));

it('what may be tried again, and what nobody answered, stays what it is', () => {
  expect(refusal({ message: 'Internal server\n' })).not.toBeInstanceOf(StaticHostsRefusedError);
  const lost = new VendorFaultError({
    code: 'VENDOR_UNAVAILABLE',
    message: 'connection error',
    retryable: true,
  });
  expect(explained(lost, sent, '501')).toBe(lost);
});
