import { laneQueues } from '@app/contracts';
import { describe, expect, it } from 'vitest';
import { declarationOrder } from './declare-queues.js';

describe('declaring queues', () => {
  it('dead-letter targets come first, whatever the order given', () => {
    const queues = [...laneQueues('cato', 'site'), ...laneQueues('versa', 'site')];
    expect(declarationOrder(queues.toReversed()).map(({ name }) => name)).toEqual([
      'sitewright.versa.site.dead',
      'sitewright.cato.site.dead',
      'sitewright.versa.site',
      'sitewright.cato.site',
    ]);
  });
});
