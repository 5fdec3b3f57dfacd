import { describe, expect, it } from 'vitest';

import { planChange } from './plan.js';
import type { Attributes } from './schema.js';
import type { ObjectValue } from './values.js';
import { UNKNOWN } from './values.js';

const schema: Attributes = {
  id: { type: 'string', computed: true, stable: true },
  name: { type: 'string', required: true },
  serial: { type: 'string', computed: true },
  metric: { type: 'number', optional: true, computed: true, default: 50 },
  items: {
    optional: true,
    type: {
      nesting: 'list',
      attributes: {
        item_id: { type: 'string', computed: true, stable: true },
        text: { type: 'string', required: true },
        mode: { type: 'string', optional: true, computed: true, default: 'AUTO' },
      },
    },
  },
};

const config = (name: string, ...texts: string[]): ObjectValue => ({
  id: null,
  name,
  serial: null,
  metric: null,
  items: texts.map((text) => ({ item_id: null, text, mode: null })),
});
const state = (name: string, ...texts: string[]): ObjectValue => ({
  id: 'i-1',
  name,
  serial: 's-1',
  metric: 50,
  items: texts.map((text, index) => ({ item_id: `item-${index}`, text, mode: 'AUTO' })),
});

describe('a plan', () => {
  it('of a new object has defaults, and unknown where the provider decides', () => {
    const wanted = config('a', 'x');
    expect(planChange(schema, { prior: null, proposed: wanted, config: wanted })).toEqual({
      id: UNKNOWN,
      name: 'a',
      serial: UNKNOWN,
      metric: 50,
      items: [{ item_id: UNKNOWN, text: 'x', mode: 'AUTO' }],
    });
  });

  it('of an unchanged object is its state', () => {
    const prior = state('a', 'x');
    expect(planChange(schema, { prior, proposed: prior, config: config('a', 'x') })).toEqual(prior);
  });

  it('of a changed object keeps stable values and expects others to change', () => {
    const prior = state('a', 'x');
    const proposed = { ...prior, name: 'b' };
    expect(planChange(schema, { prior, proposed, config: config('b', 'x') })).toEqual({
      ...proposed,
      serial: UNKNOWN,
    });
  });

  it('keeps the id of an item by its position and leaves a new one unknown', () => {
    const prior = state('a', 'x');
    const proposed = {
      ...prior,
      items: [
        { item_id: 'item-0', text: 'x', mode: 'AUTO' },
        { item_id: UNKNOWN, text: 'y', mode: UNKNOWN },
      ],
    };
    expect(planChange(schema, { prior, proposed, config: config('a', 'x', 'y') })['items']).toEqual([
      { item_id: 'item-0', text: 'x', mode: 'AUTO' },
      { item_id: UNKNOWN, text: 'y', mode: 'AUTO' },
    ]);
  });

  it('passes on what the configuration does not know yet', () => {
    const wanted = { ...config('a'), name: UNKNOWN, items: UNKNOWN };
    expect(planChange(schema, { prior: null, proposed: wanted, config: wanted })).toMatchObject({
      name: UNKNOWN,
      items: UNKNOWN,
    });
  });
});
