import { describe, expect, it } from 'vitest';
import { CatoSite } from './site-spec.js';
import { calledFields } from './graphql-fields.js';
import { catoProviderCalls } from './provider-calls.js';

const calls = catoProviderCalls((spec) => CatoSite.parse(spec));

const tunnel = (name: string, index: number, hasBgp: boolean) => ({
  name,
  role: 'primary',
  publicSiteIp: `203.0.113.${index}`,
  privateSiteIp: `169.254.${index}.2`,
  privateCatoIp: `169.254.${index}.1`,
  psk: 'psk-of-a-tunnel',
  bandwidthMbps: { down: 10, up: 10 },
  ...(hasBgp ? { bgp: { peerAsn: 65_010 } } : {}),
});
const spec = (peers: string[]) => ({
  vendor: 'cato',
  siteType: 'BRANCH',
  description: 'a branch',
  networkRange: '10.20.0.0/24',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  tunnels: [tunnel('plain', 9, false), ...peers.map((name, index) => tunnel(name, index + 10, true))].slice(
    0,
    3,
  ),
});

describe('the calls of a run', () => {
  it.each([
    ['a create', { action: 'create', step: 'apply', refresh: true, applied: undefined }, 4, 1],
    ['an update', { action: 'update', step: 'plan', refresh: false, applied: spec(['a']) }, 3, 1],
    [
      'an update that reads first',
      { action: 'update', step: 'plan', refresh: true, applied: spec(['a']) },
      6,
      2,
    ],
    ['a delete', { action: 'delete', step: 'apply', refresh: false, applied: spec(['a']) }, 1, undefined],
    [
      'a delete that reads first',
      { action: 'delete', step: 'apply', refresh: true, applied: spec(['a']) },
      4,
      1,
    ],
  ] as const)('%s', (_name, run, lookups, snapshots) => {
    const found = calls.ofRun({ ...run, next: spec(['a', 'b']) });
    expect(found['entityLookup']).toBe(lookups);
    expect(found['accountSnapshot']).toBe(snapshots);
  });

  it('of peers follow from both specs', () => {
    const found = calls.ofRun({
      action: 'update',
      step: 'plan',
      refresh: false,
      applied: spec(['a', 'b']),
      next: spec(['b', 'c']),
    });
    expect(found).toMatchObject({ updateBgpPeer: 1, addBgpPeer: 1, removeBgpPeer: 1 });
  });
});

const operationsOf = (query: string, operationName?: string) =>
  calls.operationsOf({
    method: 'POST',
    path: '/api',
    body: Buffer.from(JSON.stringify({ query, operationName, variables: {} })),
  });

describe('the operations of a request', () => {
  it.each([
    [
      'a field',
      'query q($a: ID!) { entityLookup(accountID: $a, search: "{x}") { items { site { id } } } }',
      ['entityLookup'],
    ],
    [
      'a field below a group',
      'mutation m { site(accountId: 1) { addBgpPeer(input: {a: [1, 2]}) { bgpPeer { site { id } } } } }',
      ['addBgpPeer'],
    ],
    [
      'a field below two groups',
      'mutation { policy(accountId: 1) { privateAccess { discardPolicyRevision { status } } } }',
      ['discardPolicyRevision'],
    ],
    [
      'an alias',
      '{ one: entityLookup(type: site) { total } two: entityLookup { total } s: accountSnapshot { id } }',
      ['entityLookup', 'accountSnapshot'],
    ],
    [
      'a fragment',
      'query { ...F @include(if: true) } fragment F on Query { site(accountId: 1) { ... on SiteQueries { bgpPeer { id } } } }',
      ['bgpPeer'],
    ],
    [
      'words within strings and comments',
      'query { # addSite {\n  a(x: """ { b } """, y: "\\"} c {") @skip(if: false) { d } }',
      ['a'],
    ],
    ['what is no document', 'query {', []],
  ])('%s', (_name, query, expected) => {
    expect(operationsOf(query)).toEqual(expected);
  });

  it('are those of the operation that is named', () => {
    const both = 'query one { a { x } } query two { b { x } }';
    expect([operationsOf(both, 'one'), operationsOf(both, 'two')]).toEqual([['a'], ['b']]);
    expect(calledFields(both, 'three')).toEqual([]);
  });

  it('are none where the body is not one of GraphQL', () => {
    const body = Buffer.from('}{');
    expect(calls.operationsOf({ method: 'POST', path: '/', body })).toEqual([]);
    expect(calls.operationsOf({ method: 'GET', path: '/', body })).toEqual([]);
  });
});

describe('a refusal for the rate limit', () => {
  const refusal = '{"errors":[{"message":"rate limit for operation: entityLookup"}],"data":null}';
  it.each([
    ['a status', { status: 429, retryAfter: '7', start: '' }, { retryAfterMs: 7_000 }],
    [
      'an error within status 200',
      { status: 200, retryAfter: undefined, start: refusal },
      { retryAfterMs: undefined },
    ],
    [
      'another error',
      { status: 200, retryAfter: undefined, start: '{"errors":[{"message":"no"}]}' },
      undefined,
    ],
    ['an answer', { status: 200, retryAfter: undefined, start: '{"data":{}}' }, undefined],
  ])('%s', (_name, answer, expected) => {
    expect(calls.refusal(answer)).toEqual(expected);
  });
});
