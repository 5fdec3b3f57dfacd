import type { StateResource } from '@app/ledger';
import type { FoundSite } from '@app/vendors';
import { describe, expect, it } from 'vitest';
import { reconcile, type Findings, type Repair } from './reconciliation.js';

const SITE = 'x_site.site';
const PEER_A = 'x_peer.peer["a"]';
const PEER_B = 'x_peer.peer["b"]';

const inState = (address: string, objectId: string | null, isTainted = false): StateResource => ({
  address,
  type: address.split('.')[0] ?? '',
  objectId,
  isTainted,
});
const found = (changes: Partial<FoundSite> = {}): FoundSite => ({
  address: SITE,
  id: 's1',
  isOurs: true,
  children: [],
  strangers: [],
  ...changes,
});
const stranger = { address: 'x_peer.peer["z"]', id: 'z9' };
const decide = (findings: Partial<Findings>) =>
  reconcile({
    action: 'create',
    isApplied: false,
    mayHideChanges: false,
    siteAddress: SITE,
    state: [],
    addressesToGo: new Set([PEER_A]),
    reportedIds: new Set(['r1']),
    found: undefined,
    ...findings,
  });

const nothing: Omit<Repair, 'next'> = {
  remove: undefined,
  removeBelow: [],
  forget: [],
  untaint: [],
  import: [],
};
const repair = (steps: Partial<Repair> & Pick<Repair, 'next'>) => ({ kind: 'repair', ...nothing, ...steps });

describe('a site that is to be there', () => {
  it.each<[string, Partial<Findings>, object]>([
    ['of which there is nothing is created', {}, repair({ next: 'create' })],
    [
      'that only the state knows is planned, and dropped by the plan',
      { state: [inState(SITE, 's1')] },
      repair({ next: 'plan' }),
    ],
    [
      'that only the vendor knows is imported with its peers',
      { found: found({ children: [{ address: PEER_A, id: 'a1' }] }) },
      repair({
        import: [
          { address: SITE, id: 's1' },
          { address: PEER_A, id: 'a1' },
        ],
        next: 'plan',
      }),
    ],
    [
      'that is tainted is kept',
      { state: [inState(SITE, 's1', true)], found: found() },
      repair({ untaint: [SITE], next: 'plan' }),
    ],
    [
      'whose peer is at the vendor alone gets it imported',
      {
        state: [inState(SITE, 's1'), inState(PEER_A, 'a1')],
        found: found({
          children: [
            { address: PEER_A, id: 'a1' },
            { address: PEER_B, id: 'b1' },
          ],
        }),
      },
      repair({ import: [{ address: PEER_B, id: 'b1' }], next: 'plan' }),
    ],
    [
      'whose peer is gone has it forgotten',
      { state: [inState(SITE, 's1'), inState(PEER_A, 'a1')], found: found() },
      repair({ forget: [PEER_A], next: 'plan' }),
    ],
    [
      'whose peer is there under another id has it imported anew',
      {
        state: [inState(SITE, 's1'), inState(PEER_A, 'a0')],
        found: found({ children: [{ address: PEER_A, id: 'a1' }] }),
      },
      repair({ forget: [PEER_A], import: [{ address: PEER_A, id: 'a1' }], next: 'plan' }),
    ],
    [
      'of which the state knows an earlier one forgets that one with its peers',
      { isApplied: true, state: [inState(SITE, 's0'), inState(PEER_A, 'a0')], found: found() },
      repair({ forget: [SITE, PEER_A], import: [{ address: SITE, id: 's1' }], next: 'plan' }),
    ],
    [
      'that a killed run has forgotten and not imported again keeps what the state knows below it',
      {
        isApplied: true,
        state: [inState(PEER_A, 'a1'), inState(PEER_B, 'b1')],
        found: found({
          children: [{ address: PEER_B, id: 'b1' }],
          strangers: [{ address: PEER_A, id: 'a1' }],
        }),
      },
      repair({ import: [{ address: SITE, id: 's1' }], next: 'plan' }),
    ],
    [
      'that holds a stranger and was never applied is made anew',
      { state: [inState(SITE, 's1', true)], found: found({ strangers: [stranger] }) },
      repair({ remove: 's1', forget: [SITE], next: 'create' }),
    ],
    [
      'that holds a stranger and was applied leaves it alone',
      { isApplied: true, state: [inState(SITE, 's1')], found: found({ strangers: [stranger] }) },
      repair({ next: 'plan' }),
    ],
    [
      'that was applied loses what an unfinished run made for a revision in between, and nothing else',
      {
        isApplied: true,
        state: [inState(SITE, 's1')],
        found: found({ strangers: [{ address: PEER_A, id: 'a1' }, stranger] }),
      },
      repair({ removeBelow: [{ address: PEER_A, id: 'a1' }], next: 'plan' }),
    ],
    [
      'that was applied loses what a run has reported, whatever it is called now',
      {
        isApplied: true,
        state: [inState(SITE, 's1')],
        found: found({ strangers: [{ ...stranger, id: 'r1' }, stranger] }),
      },
      repair({ removeBelow: [{ ...stranger, id: 'r1' }], next: 'plan' }),
    ],
    [
      'that was applied keeps a second peer of a name that the state knows',
      {
        isApplied: true,
        state: [inState(SITE, 's1'), inState(PEER_A, 'a1')],
        found: found({
          strangers: [
            { address: PEER_A, id: 'a1' },
            { address: PEER_A, id: 'a2' },
          ],
        }),
      },
      repair({ next: 'plan' }),
    ],
    [
      'that was applied and is in no state loses it too',
      { isApplied: true, found: found({ strangers: [{ address: PEER_A, id: 'a1' }, stranger] }) },
      repair({
        removeBelow: [{ address: PEER_A, id: 'a1' }],
        import: [{ address: SITE, id: 's1' }],
        next: 'plan',
      }),
    ],
    [
      'whose state may hide what a run in between has changed is imported anew, and keeps its peers',
      {
        isApplied: true,
        mayHideChanges: true,
        state: [inState(SITE, 's1'), inState(PEER_B, 'b1')],
        found: found({ children: [{ address: PEER_B, id: 'b1' }] }),
      },
      repair({ forget: [SITE], import: [{ address: SITE, id: 's1' }], next: 'plan' }),
    ],
    [
      'whose unwanted peer is in the state leaves its end to the plan',
      {
        state: [inState(SITE, 's1'), inState(PEER_A, 'a1')],
        found: found({ strangers: [{ address: PEER_A, id: 'a1' }] }),
      },
      repair({ next: 'plan' }),
    ],
    [
      "whose name is somebody else's is not touched",
      { found: found({ isOurs: false }) },
      { kind: 'name_taken', siteId: 's1' },
    ],
    [
      'that has lost its mark and is in our state is ours',
      {
        isApplied: true,
        state: [inState(SITE, 's1'), inState(PEER_A, 'a1')],
        found: found({ isOurs: false }),
      },
      repair({ next: 'plan' }),
    ],
  ])('%s', (_claim, findings, expected) => {
    expect(decide(findings)).toEqual(expected);
    expect(decide({ ...findings, action: 'update' })).toEqual(expected);
  });
});

describe('a site that is to go', () => {
  it.each<[string, Partial<Findings>, object]>([
    ['and is gone is done', {}, repair({ next: 'done' })],
    [
      'and is in the state alone is destroyed by its id, without the peers that went with it',
      { state: [inState(SITE, 's1'), inState(PEER_A, 'a1')] },
      repair({ forget: [PEER_A], next: 'destroy' }),
    ],
    [
      'and is at the vendor alone is removed there',
      { found: found() },
      repair({ remove: 's1', next: 'done' }),
    ],
    [
      'and has lost a peer already is destroyed without it',
      {
        state: [inState(SITE, 's1'), inState(PEER_A, 'a1'), inState(PEER_B, 'b1')],
        found: found({ children: [{ address: PEER_B, id: 'b1' }] }),
      },
      repair({ forget: [PEER_A], next: 'destroy' }),
    ],
    [
      'and of which the state knows an earlier one goes in both places',
      { state: [inState(SITE, 's0'), inState(PEER_A, 'a0')], found: found() },
      repair({ remove: 's1', forget: [PEER_A], next: 'destroy' }),
    ],
    [
      "and whose name is somebody else's is done",
      { found: found({ isOurs: false }) },
      repair({ next: 'done' }),
    ],
    [
      'and has lost its mark is destroyed by its id',
      { state: [inState(SITE, 's1'), inState(PEER_A, 'a1')], found: found({ isOurs: false }) },
      repair({ next: 'destroy' }),
    ],
  ])('%s', (_claim, findings, expected) =>
    expect(decide({ ...findings, action: 'delete' })).toEqual(expected),
  );
});
