import { describe, expect, it } from 'vitest';
import { callsBetween } from './vendor-calls.js';

describe('callsBetween', () => {
  it('tells what was called meanwhile, and nothing of what was not', () => {
    const before = {
      accepted: 3,
      refused: 1,
      byOperation: { list: { accepted: 2, refused: 1 }, add: { accepted: 1, refused: 0 } },
    };
    const after = {
      accepted: 7,
      refused: 2,
      byOperation: {
        list: { accepted: 4, refused: 2 },
        add: { accepted: 1, refused: 0 },
        look: { accepted: 2, refused: 0 },
      },
    };
    expect(callsBetween(before, after)).toEqual({
      accepted: 4,
      refused: 1,
      byOperation: { list: { accepted: 2, refused: 1 }, look: { accepted: 2, refused: 0 } },
    });
  });
});
