import { describe, expect, it } from 'vitest';
import { AppError } from './app-error.js';
import { failureReport } from './failure-report.js';

class StateLocked extends AppError {
  readonly code = 'TF_STATE_LOCKED';
  constructor(lockId: string, cause: unknown) {
    super(`state is locked by ${lockId}`, { cause, details: { lockId }, retryable: true });
  }
}

describe('an error as data', () => {
  it('an error of ours keeps its code, text, details and whether a retry helps', () => {
    const error = new StateLocked('a1', new Error('token=abc'));
    expect(failureReport(error)).toEqual({
      code: 'TF_STATE_LOCKED',
      message: 'state is locked by a1',
      details: { lockId: 'a1' },
      retryable: true,
    });
    expect(error.name).toBe('StateLocked');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each([
    ['a foreign error', new Error('login failed for postgres://user:hunter2@db')],
    ['a thrown string', 'hunter2'],
    ['a look-alike', { code: 'TF_STATE_LOCKED', message: 'hunter2' }],
  ])('%s tells nothing about itself', (_name, error) => {
    expect(failureReport(error)).toEqual({
      code: 'INTERNAL',
      message: 'an unexpected error occurred',
      retryable: false,
    });
  });
});
