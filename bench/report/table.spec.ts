import { describe, expect, it } from 'vitest';
import { figure, renderTable } from './table.js';

describe('table', () => {
  it('makes every column as wide as its widest cell', () => {
    const columns = [{ title: 'what' }, { title: 'n', align: 'right' as const }];
    expect(
      renderTable(columns, [
        ['creates', '9'],
        ['edits', '120'],
      ]),
    ).toBe(['what       n', '───────  ───', 'creates    9', 'edits    120'].join('\n'));
  });

  it('leaves no blanks at the end of a line', () => {
    expect(renderTable([{ title: 'a' }, { title: 'long' }], [['x', '']])).not.toMatch(/ $/m);
  });

  it.each([
    [1234.56, '1235'],
    [45.67, '45.7'],
    [0.123, '0.12'],
    [Number.NaN, '–'],
  ])('shows %s as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
