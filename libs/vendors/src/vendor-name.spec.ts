import { describe, expect, it } from 'vitest';
import { isMarkedAs, ownershipMark } from './ownership-mark.js';
import { vendorName } from './vendor-name.js';

describe('the name of a site at the vendor', () => {
  it('is customer and site', () => {
    expect(vendorName('acme', 'paris', 63)).toBe('acme-paris');
  });

  it('is cut to the limit, and long names that begin alike stay apart', () => {
    const [one, two] = ['a', 'b'].map((end) => vendorName('c'.repeat(63), `${'s'.repeat(62)}${end}`, 63));
    expect([one?.length, two?.length]).toEqual([63, 63]);
    expect(one).not.toBe(two);
    expect(vendorName('c'.repeat(63), `${'s'.repeat(62)}a`, 63)).toBe(one);
  });
});

describe('the mark of ownership', () => {
  it('names exactly one resource', () => {
    expect(isMarkedAs(`Paris${ownershipMark('r1')}`, 'r1')).toBe(true);
    expect(isMarkedAs(`Paris${ownershipMark('r1')}`, 'r2')).toBe(false);
    expect(isMarkedAs(`Paris${ownershipMark('r1')} edited`, 'r1')).toBe(false);
    expect(isMarkedAs(null, 'r1')).toBe(false);
  });
});
