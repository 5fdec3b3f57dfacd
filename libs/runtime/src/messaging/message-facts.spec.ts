import { describe, expect, it } from 'vitest';
import { headerFacts, printable } from './message-facts.js';

const operationId = '01890000-0000-7000-8000-000000000001';
const nothing = { operationId: undefined, releaseNo: undefined, attempt: undefined };

describe('the facts in our headers', () => {
  it.each<[string, Record<string, unknown>, object]>([
    [
      'ours',
      { 'x-sw-operation-id': operationId, 'x-sw-release-no': 2, 'x-sw-attempt': 0 },
      { operationId, releaseNo: 2, attempt: 0 },
    ],
    ['none', {}, nothing],
    ['texts', { 'x-sw-operation-id': "'; --", 'x-sw-release-no': '2', 'x-sw-attempt': '' }, nothing],
    ['tables', { 'x-sw-operation-id': { a: 1 }, 'x-sw-release-no': [2], 'x-sw-attempt': null }, nothing],
    ['out of range', { 'x-sw-release-no': 2 ** 31, 'x-sw-attempt': -1 }, nothing],
    ['fractions', { 'x-sw-release-no': 1.5, 'x-sw-attempt': Number.NaN }, nothing],
  ])('%s', (_name, headers, expected) => {
    expect(headerFacts(headers)).toEqual(expected);
  });
});

it.each([
  ['site.converge.v1', 'site.converge.v1'],
  ['a\u0000b\u001b\n', 'a\uFFFDb\uFFFD\uFFFD'],
  ['é ü 漢', 'é ü 漢'],
  [5, undefined],
  [undefined, undefined],
])('%j is printed as %j', (value, expected) => {
  expect(printable(value)).toBe(expected);
});
