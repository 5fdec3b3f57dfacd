import { describe, expect, it } from 'vitest';
import { joinSecrets, splitSecrets, type SecretField } from './secrets.js';

const fields: SecretField[] = [
  { path: ['tunnels', '*', 'psk'], isRequired: true },
  { path: ['tunnels', '*', 'bgp', 'md5AuthKey'], isRequired: false },
];
const spec = {
  networkRange: '10.0.0.0/24',
  tunnels: [
    { name: 'a', psk: 'key-one', bgp: { peerAsn: 65001, md5AuthKey: 'key-two' } },
    { name: 'b', psk: null },
  ],
};

describe('secrets of a spec', () => {
  it('are taken out, keyed by the name of their list entry, and placed as the request has them', () => {
    const { visible, slots } = splitSecrets(spec, fields);
    expect(JSON.stringify(visible)).not.toMatch(/key-/);
    expect(slots).toEqual([
      { key: 'tunnels.a.psk', path: 'tunnels.0.psk', isRequired: true, value: 'key-one' },
      { key: 'tunnels.b.psk', path: 'tunnels.1.psk', isRequired: true, value: undefined },
      {
        key: 'tunnels.a.bgp.md5AuthKey',
        path: 'tunnels.0.bgp.md5AuthKey',
        isRequired: false,
        value: 'key-two',
      },
    ]);
    expect(spec.tunnels[0]?.psk).toBe('key-one');
  });

  it('come back to the same entries although the list was reordered', () => {
    const { visible } = splitSecrets(spec, fields);
    const reordered = { ...visible, tunnels: spec.tunnels.toReversed() };
    const joined = joinSecrets(splitSecrets(reordered, fields).visible, fields, {
      'tunnels.a.psk': 'key-one',
      'tunnels.b.psk': 'key-three',
    });
    expect(joined).toEqual({
      networkRange: '10.0.0.0/24',
      tunnels: [
        { name: 'b', psk: 'key-three' },
        { name: 'a', psk: 'key-one', bgp: { peerAsn: 65001 } },
      ],
    });
  });
});
