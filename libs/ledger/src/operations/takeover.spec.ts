import { describe, expect, it } from 'vitest';
import { homecomingOf, MAX_TAKEOVERS } from './takeover.js';

describe('an operation whose worker is gone', () => {
  it.each([
    ['runs again', false, 0, 'again'],
    ['runs again as long as it may be chance', false, MAX_TAKEOVERS - 2, 'again'],
    ['is dead-lettered when its workers keep dying', false, MAX_TAKEOVERS - 1, 'dead_letter'],
    ['has timed out when its deadline has passed', true, 0, 'timed_out'],
    ['has timed out rather than been given up', true, MAX_TAKEOVERS, 'timed_out'],
  ])('%s', (_name, isOverdue, takeovers, expected) => {
    expect(homecomingOf({ isOverdue, takeovers })).toBe(expected);
  });
});
