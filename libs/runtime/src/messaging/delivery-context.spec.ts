import { describe, expect, it } from 'vitest';
import { isReplay } from './delivery-context.js';

const death = (queue: string, reason: string) => ({ queue, reason, count: 1, exchange: '' });

describe('a replay', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['rejected from this queue', { 'x-death': [death('work', 'rejected')] }, true],
    ['over the delivery limit of this queue', { 'x-death': [death('work', 'delivery_limit')] }, true],
    ['dead in another queue', { 'x-death': [death('other', 'rejected')] }, false],
    [
      'dead in another queue last',
      { 'x-death': [death('other', 'rejected'), death('work', 'rejected')] },
      false,
    ],
    ['expired', { 'x-death': [death('work', 'expired')] }, false],
    ['never dead', {}, false],
    ['a forged header of another shape', { 'x-death': 'work' }, false],
    ['an empty list', { 'x-death': [] }, false],
  ])('%s', (_name, headers, expected) => {
    expect(isReplay(headers, 'work')).toBe(expected);
  });
});
