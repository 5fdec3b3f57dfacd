import { describe, expect, it } from 'vitest';
import { complaintOf, isAboutRequest, refusalOf, refusalOfTask } from './faults.js';

const said = (message: string, code?: string) => ({ message, code });

describe('a refused call', () => {
  it.each([
    ['a limit', 429, said('slow down'), 'VENDOR_RATE_LIMITED', true],
    ['a wrong login', 401, said('authentication failed'), 'VENDOR_AUTH_FAILED', false],
    ['trouble', 503, said('', '4500'), 'VENDOR_UNAVAILABLE', true],
    ['a 500 without words', 500, said(''), 'VENDOR_UNAVAILABLE', true],
    ['a 500 of something before the services', 500, said('it broke'), 'VENDOR_UNAVAILABLE', true],
    ['a 500 with trouble', 500, said('internal error', '4500'), 'VENDOR_UNAVAILABLE', true],
    ['a rule of the services', 500, said('organization x does not exist', '4404'), 'VENDOR_REJECTED', false],
    ['a name that exists', 500, said('template x exists already', '4409'), 'NAME_TAKEN', false],
    ['a locked template', 500, said('template x is locked by task 7', '4423'), 'VENDOR_UNAVAILABLE', true],
    ['a lock of the database', 409, said('busy', 'lock-denied'), 'VENDOR_UNAVAILABLE', true],
    ['a wrong field', 400, said('siteId is missing', '4001'), 'VENDOR_REJECTED', false],
    [
      'names that sound like trouble',
      400,
      said('timeout-busy: lock-denied is bad'),
      'VENDOR_REJECTED',
      false,
    ],
  ])('for %s', (_what, status, complaint, code, retryable) => {
    expect(refusalOf(status, complaint).fault).toMatchObject({ code, retryable });
  });

  it('says at least its status, and how long to wait', () => {
    expect(refusalOf(429, said(' '), 3000).fault).toEqual({
      code: 'VENDOR_RATE_LIMITED',
      message: 'the vendor answered 429',
      retryable: true,
      retryAfterMs: 3000,
    });
  });
});

describe('a task that failed', () => {
  it.each([
    ['for good', said('serial number S belongs to d2', '4409'), 'VENDOR_REJECTED', false, true],
    ['without a reason', said(''), 'VENDOR_REJECTED', false, true],
    ['for a lock', said('x is taken', 'lock-denied'), 'VENDOR_UNAVAILABLE', true, true],
    ['for trouble', said('internal error'), 'VENDOR_UNAVAILABLE', true, false],
  ])('%s', (_what, complaint, code, retryable, isAbout) => {
    const refusal = refusalOfTask(complaint);
    expect(refusal.fault).toMatchObject({ code, retryable });
    expect(isAboutRequest(refusal)).toBe(isAbout);
  });
});

describe('the words of a refusal', () => {
  it.each([
    [
      'the services’',
      { error: 'Bad Request', code: 4001, message: 'no', more_info: '' },
      { message: 'no', code: '4001' },
    ],
    [
      'the database’s',
      {
        errors: { error: [{ 'error-message': 'held', 'error-urlpath': '/x', 'error-tag': 'lock-denied' }] },
      },
      { message: 'held', code: 'lock-denied' },
    ],
    ['nobody’s', { message: 'hello' }, undefined],
  ])('are read: %s', (_whose, body, complaint) => expect(complaintOf(body)).toEqual(complaint));
});
