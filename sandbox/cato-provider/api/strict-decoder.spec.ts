import { describe, expect, it } from 'vitest';

import { OPERATIONS } from './documents.js';
import { decodeFault } from './strict-decoder.js';

const { document: lookup } = OPERATIONS.entityLookup;
const { document: tunnels } = OPERATIONS.addTunnels;

describe('the strict decoder', () => {
  it.each<[string, string, unknown]>([
    [
      'what was selected, by alias',
      tunnels,
      {
        site: {
          addIpsecIkeV2SiteTunnels: {
            primaryAddIpsecIkeV2SiteTunnelsPayload: { tunnels: [{ localId: null }] },
          },
        },
      },
    ],
    ['missing keys and nulls', lookup, { entityLookup: { items: null } }],
    [
      'helper fields of any content',
      lookup,
      { entityLookup: { items: [{ helperFields: { any: { thing: [1] } } }] } },
    ],
    ['no data', lookup, null],
  ])('accepts %s', (_name, document, data) => expect(decodeFault(document, data)).toBeUndefined());

  it.each<[string, string, unknown, string]>([
    [
      'a key that was not selected',
      lookup,
      { entityLookup: { items: [{ entity: { id: '1', color: 'red' } }] } },
      'color',
    ],
    [
      'a field without its alias',
      tunnels,
      { site: { addIpsecIkeV2SiteTunnels: { primary: null } } },
      'primary',
    ],
    ['a further root field', lookup, { entityLookup: null, extra: 1 }, 'extra'],
  ])('refuses %s', (_name, document, data, key) =>
    expect(decodeFault(document, data)).toBe(
      `struct field for "${key}" doesn't exist in any of 1 places to unmarshal`,
    ),
  );

  it('refuses an object where a leaf was selected', () => {
    expect(decodeFault(lookup, { entityLookup: { total: { value: 1 } } })).toContain('"total"');
  });
});
