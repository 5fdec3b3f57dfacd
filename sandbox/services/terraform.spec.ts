import { describe, expect, it } from 'vitest';
import { isSupported } from './terraform.js';

describe('isSupported', () => {
  it.each([
    ['1.5.0', true],
    ['1.11.4', true],
    ['2.0.0', true],
    ['1.12.0-beta1', true],
    ['1.4.7', false],
    ['0.15.5', false],
    ['nonsense', false],
  ])('answers for version %s with %s', (version, supported) => {
    expect(isSupported(version)).toBe(supported);
  });
});
