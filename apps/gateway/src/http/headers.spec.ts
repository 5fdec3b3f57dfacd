import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { waitSeconds } from './prefer.js';

describe('Prefer: wait', () => {
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['wait=10', 10],
    ['WAIT = "10"', 10],
    ['respond-async, wait=10;foo=bar', 10],
    ['wait=3, wait=7', 3],
    ['wait=61', 60],
    ['wait=999999999', 60],
    ['wait=0', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=soon', undefined],
    ['wait', undefined],
    ['return=minimal', undefined],
  ])('%s means %s', (header, seconds) => {
    expect(waitSeconds(header)).toBe(seconds);
  });
});

describe('canonical JSON', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['the order of fields means nothing', { a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 }, true],
    ['the order of a list does', [1, 2], [2, 1], false],
    ['null is not absent', { a: null }, {}, false],
    ['a number is not its text', { a: 1 }, { a: '1' }, false],
  ])('%s', (_name, left, right, isEqual) => {
    expect(canonicalJson(left) === canonicalJson(right)).toBe(isEqual);
  });
});
