import { describe, expect, it } from 'vitest';
import { StateConflict } from './state-errors.js';
import { decideStateWrite, parseState } from './terraform-state.js';

const stored = (over = {}) => ({
  serial: 3,
  lineage: 'l1',
  checksum: Buffer.from('a'),
  resourceCount: 1,
  ...over,
});
const write = (over = {}) => ({ serial: 4, lineage: 'l1', checksum: Buffer.from('b'), ...over });

describe('a write of a state', () => {
  it.each([
    ['the first one is stored', undefined, write(), 'store'],
    ['a higher serial is stored', stored(), write(), 'store'],
    ['the same write again is the same', stored(), write({ serial: 3, checksum: Buffer.from('a') }), 'same'],
    [
      'a new lineage after everything was destroyed is stored',
      stored({ resourceCount: 0 }),
      write({ lineage: 'l2', serial: 1 }),
      'store',
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(decideStateWrite(before, after)).toBe(expected);
  });

  it.each([
    ['the same serial with other content', write({ serial: 3 }), 'stored with other content'],
    ['a lower serial', write({ serial: 2 }), 'older than the stored 3'],
    ['a new lineage over live resources', write({ lineage: 'l2' }), 'another lineage'],
  ])('%s is refused', (_name, after, reason) => {
    expect(() => decideStateWrite(stored(), after)).toThrow(reason);
  });
});

describe('reading a state file', () => {
  it('lists managed resources by address, with their ids and taint, and no other attribute', () => {
    const state = parseState(
      Buffer.from(
        JSON.stringify({
          version: 4,
          terraform_version: '1.11.4',
          serial: 2,
          lineage: 'l1',
          outputs: {},
          resources: [
            { mode: 'data', type: 'cato_x', name: 'd', instances: [{ attributes: { id: '9' } }] },
            {
              mode: 'managed',
              type: 'cato_ipsec_site',
              name: 'site',
              instances: [{ status: 'tainted', attributes: { id: '1', psk: 's3cret' } }],
            },
            {
              mode: 'managed',
              type: 'cato_bgp_peer',
              name: 'peer',
              instances: [{ index_key: 't1', attributes: { id: 'p1' } }],
            },
          ],
        }),
      ),
    );
    expect(state).toEqual({
      serial: 2,
      lineage: 'l1',
      resources: [
        { address: 'cato_ipsec_site.site', type: 'cato_ipsec_site', objectId: '1', isTainted: true },
        { address: 'cato_bgp_peer.peer["t1"]', type: 'cato_bgp_peer', objectId: 'p1', isTainted: false },
      ],
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['another version', '{"version":3}'],
    ['an array', '[]'],
  ])('%s is refused', (_name, text) => {
    expect(() => parseState(Buffer.from(text))).toThrow(StateConflict);
  });
});
