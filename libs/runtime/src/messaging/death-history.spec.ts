import { describe, expect, it } from 'vitest';
import { canBeDeadLettered, lastDeath } from './death-history.js';

const death = { queue: 'work', reason: 'rejected', exchange: '', count: 1, 'routing-keys': ['work'] };

describe('a history of deaths', () => {
  it.each<[string, Record<string, unknown>, boolean, ReturnType<typeof lastDeath>]>([
    ['that is not there', {}, true, undefined],
    ['as a broker writes it', { 'x-death': [death] }, true, { queue: 'work', reason: 'rejected' }],
    [
      'of several deaths',
      { 'x-death': [{ ...death, queue: 'last' }, death] },
      true,
      { queue: 'last', reason: 'rejected' },
    ],
    ['that is a text', { 'x-death': 'work' }, false, undefined],
    ['that is empty', { 'x-death': [] }, false, undefined],
    ['of texts', { 'x-death': ['work'] }, false, undefined],
    ['of nothing', { 'x-death': [null] }, false, undefined],
    ['of empty tables', { 'x-death': [{}] }, false, undefined],
    ['whose queue is a number', { 'x-death': [{ ...death, queue: 5 }] }, false, undefined],
    [
      'whose count is a text',
      { 'x-death': [{ ...death, count: 'x' }] },
      false,
      { queue: 'work', reason: 'rejected' },
    ],
    ['whose second death is none', { 'x-death': [death, 1] }, false, { queue: 'work', reason: 'rejected' }],
  ])('%s', (_name, headers, isSound, last) => {
    expect(canBeDeadLettered(headers)).toBe(isSound);
    expect(lastDeath(headers)).toEqual(last);
  });
});
