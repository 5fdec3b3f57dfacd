import { describe, expect, it } from 'vitest';
import { prepared, statementName } from './preparing-client.js';

describe('prepared statements', () => {
  it('names a statement by its text', () => {
    const text = 'select $1::int';
    expect(prepared([text, [1]])).toEqual([{ name: statementName(text), text, values: [1] }]);
    expect(statementName(text)).toBe(statementName(text));
    expect(statementName(text)).not.toBe(statementName('select $1::bigint'));
  });

  it('fits PostgreSQL’s names', () => {
    expect(statementName('select 1')?.length).toBeLessThan(64);
  });

  it.each([
    ['a statement without parameters, which may be several', ['begin', undefined]],
    ['one with none', ['select 1', []]],
    ['a query with a name of its own', [{ name: 'mine', text: 'select 1' }]],
  ])('leaves %s as it is', (_name, query) => {
    expect(prepared(query)).toBe(query);
  });

  it('keeps a callback', () => {
    expect(prepared(['select $1', [1], String])[1]).toBe(String);
  });

  it('names no more texts than the code can hold', () => {
    for (let index = 0; index < 1_200; index++) statementName(`select ${index}`);
    expect(statementName('select one more')).toBeUndefined();
  });
});
