import { describe, expect, it } from 'vitest';

import type { Value } from './values.js';
import { decodeValue, encodeValue, isUnknown, UNKNOWN, valuesEqual } from './values.js';

describe('a value on the wire', () => {
  it('is unknown as extension type 0 with one byte', () => {
    expect(Buffer.from(encodeValue(UNKNOWN)).toString('hex')).toBe('d40000');
    expect(isUnknown(decodeValue(Buffer.from('d40000', 'hex')))).toBe(true);
  });

  it('is just unknown when Terraform adds what it knows about it', () => {
    // Extension type 12 holding a map: the value is not null.
    expect(isUnknown(decodeValue(Buffer.from('c7030c8101c2', 'hex')))).toBe(true);
  });

  it.each<Value>([
    null,
    true,
    0,
    4_294_967_295,
    1.5,
    '',
    'Grüße ☃ ${path.root}',
    ['a', null],
    { name: 'x', tunnels: [{ psk: 'y' }] },
  ])('comes back as it went: %j', (value) => {
    expect(decodeValue(encodeValue(value))).toEqual(value);
  });
});

describe('equality of values', () => {
  it.each<[Value, Value, boolean]>([
    [{ a: [1, null] }, { a: [1, null] }, true],
    [{ a: null }, {}, false],
    [[1], [1, 2], false],
    [[], {}, false],
    [UNKNOWN, UNKNOWN, true],
    [UNKNOWN, {}, false],
    ['1', 1, false],
  ])('%j and %j: %s', (left, right, equal) => expect(valuesEqual(left, right)).toBe(equal));
});
