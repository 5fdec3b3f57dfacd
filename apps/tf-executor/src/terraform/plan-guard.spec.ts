import { describe, expect, it } from 'vitest';
import { PlanGuarded, unaskedDestruction } from './plan-guard.js';

describe('the plan guard', () => {
  const peer = 'cato_bgp_peer.peer["hq-1"]';

  it.each([
    [
      'lets additions and changes through',
      [
        { address: peer, action: 'create' },
        { address: 'x.y', action: 'update' },
      ],
      [],
      [],
    ],
    ['lets go what was asked to go', [{ address: peer, action: 'delete' }], [peer], []],
    ['holds what was not asked to go', [{ address: peer, action: 'delete' }], [], [peer]],
    [
      'holds every replacement, even of what is asked to go',
      [{ address: peer, action: 'replace' }],
      [peer],
      [peer],
    ],
  ] as const)('%s', (_claim, planned, asked, held) => {
    expect(unaskedDestruction([...planned], [...asked]).map(({ address }) => address)).toEqual(held);
  });

  it('names what it holds', () => {
    const error = new PlanGuarded([{ address: peer, action: 'delete' }]);
    expect(error).toMatchObject({ code: 'PLAN_GUARD', retryable: false });
    expect(error.message).toContain(`delete ${peer}`);
  });
});
