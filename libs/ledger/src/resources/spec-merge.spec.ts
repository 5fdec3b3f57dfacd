import { describe, expect, it } from 'vitest';
import { mergeSpec } from './spec-merge.js';

const psk = (value?: string) => ({ key: 'tunnels.a.psk', path: 'tunnels.0.psk', isRequired: true, value });
const md5 = (value?: string) => ({ key: 'tunnels.a.md5', path: 'tunnels.0.md5', isRequired: false, value });
const stored = { visible: { networkRange: '10.0.0.0/24' }, secrets: { 'tunnels.a.psk': 'old' } };

describe('merging a request with what is stored', () => {
  it('a secret that is left out keeps its stored value', () => {
    const merged = mergeSpec({ visible: stored.visible, secrets: [psk(), md5()] }, stored);
    expect(merged).toMatchObject({ secrets: { 'tunnels.a.psk': 'old' }, isSame: true, missing: [] });
  });

  it('a new secret is a change although nothing else differs', () => {
    expect(mergeSpec({ visible: stored.visible, secrets: [psk('new')] }, stored)).toMatchObject({
      secrets: { 'tunnels.a.psk': 'new' },
      isSame: false,
    });
  });

  it('a required secret that nobody knows is named by its place in the request', () => {
    expect(mergeSpec({ visible: {}, secrets: [psk(), md5()] }, undefined).missing).toEqual([
      { path: 'tunnels.0.psk', message: 'is required: no value is stored yet' },
    ]);
  });

  it('the secret of a tunnel that is gone is forgotten, and that is a change', () => {
    expect(mergeSpec({ visible: stored.visible, secrets: [] }, stored)).toMatchObject({
      secrets: {},
      isSame: false,
    });
  });

  it('an undefined key is an absent one, and the order of keys does not matter', () => {
    const before = { visible: { a: 1, b: { c: 2 } }, secrets: {} };
    expect(mergeSpec({ visible: { b: { c: 2, d: undefined }, a: 1 }, secrets: [] }, before).isSame).toBe(
      true,
    );
  });
});
