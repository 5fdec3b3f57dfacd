import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, addSite, at, SandboxClient, siteInput, TOKEN } from './sandbox-client.js';

let client: SandboxClient;
beforeAll(async () => {
  client = await SandboxClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const ask = (query: string, variables: Record<string, unknown> = {}) => client.post({ query, variables });

const addSiteAs = (account: string, token: string): Promise<unknown> =>
  client.call(
    'siteAddIpsecIkeV2Site',
    { addIpsecIkeV2SiteInput: siteInput('acme-paris') },
    { account, token },
  );

describe('an answer', () => {
  it('has no errors key on success, a trace id, JSON as its type and nothing that was not selected', async () => {
    const { status, headers, body } = await ask(
      `{ entityLookup(accountID: "${ACCOUNT}", type: site) { total } }`,
    );
    expect(status).toBe(200);
    expect(body).toEqual({ data: { entityLookup: { total: 0 } } });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('trace_id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('follows aliases, literals, fragments and directives of any document', async () => {
    await addSite(client, 'acme-paris');
    const { body } = await ask(
      `query Q($accountId: ID!, $isLong: Boolean = false) {
        one: entityLookup(accountID: $accountId, type: site, search: "PARIS", limit: 1) { ...Items count: total }
        none: entityLookup(accountID: $accountId, type: site, search: "nowhere") { items { __typename } total @skip(if: true) }
        here: site(accountId: $accountId) {
          __typename
          siteGeneralDetails(site: { by: NAME, input: "acme-paris" }) {
            ... on SiteGeneralDetails { site { name } site { name alias: name } }
            description @include(if: $isLong)
          }
        }
      }
      fragment Items on EntityLookupResult { items { entity { called: name } } }`,
      { accountId: ACCOUNT },
    );
    expect(body).toEqual({
      data: {
        one: { items: [{ entity: { called: 'acme-paris' } }], count: 1 },
        none: { items: [] },
        here: {
          __typename: 'SiteQueries',
          siteGeneralDetails: { site: { name: 'acme-paris', alias: 'acme-paris' } },
        },
      },
    });
  });

  it('answers null for fields and operations it does not model', async () => {
    const { body } = await ask(
      `query ($id: ID!) {
        accountSnapshot(accountID: $id) { id invented { deeper } }
        site(accountId: $id) { newOperation(input: {}) { anything } }
      }`,
      { id: ACCOUNT },
    );
    expect(body).toEqual({
      data: { accountSnapshot: { id: ACCOUNT, invented: null }, site: { newOperation: null } },
    });
  });

  it('to the discarding of a policy draft says that there is none, and the call is counted', async () => {
    const data = await client.call('policyPrivateAccessDiscardRevision', {});
    expect(at(data, 'policy', 'privateAccess', 'discardPolicyRevision')).toMatchObject({
      status: 'FAILURE',
      errors: [{ errorCode: 'PolicyRevisionNotFound' }],
    });
    const calls = await client.steer('GET', '/calls?vendor=cato');
    expect(at(calls, 'operations', 'discardPolicyRevision', 'calls')).toBe(1);
    expect(at(calls, 'accounts', 0, 'documents', 'policyPrivateAccessDiscardRevision')).toBe(1);
  });
});

describe('strict mode', () => {
  beforeEach(() => client.steer('POST', '/settings', { vendor: 'cato', strict: true }));

  it('takes every document of the SDK', async () => {
    const siteId = await addSite(client, 'acme-paris');
    await client.lookup({ type: 'site' });
    await client.call('accountSnapshot', { siteIDs: [siteId], userIDs: [] });
    const details = await client.call('siteUpdateIpsecIkeV2SiteGeneralDetails', {
      siteId,
      updateIpsecIkeV2SiteGeneralDetailsInput: {},
    });
    expect(at(details, 'site', 'updateIpsecIkeV2SiteGeneralDetails')).toEqual({ siteId, localId: null });
  });

  it.each([
    ['an unknown operation', `{ site(accountId: "${ACCOUNT}") { newOperation { x } } }`],
    ['an unknown field', `{ accountSnapshot(accountID: "${ACCOUNT}") { invented } }`],
    [
      'a variable of another type',
      `query ($id: String!) { entityLookup(accountID: $id, type: site) { total } }`,
    ],
  ])('refuses %s', async (_case, query) => {
    const { status, body } = await ask(query, { id: ACCOUNT });
    expect(status).toBe(422);
    expect(at(body, 'errors', 0, 'extensions', 'code')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(at(body, 'data')).toBeNull();
  });
});

describe('a request that is at fault', () => {
  it('cannot be parsed', async () => {
    const { status, body } = await ask('query { site(');
    expect(status).toBe(422);
    expect(at(body, 'errors', 0, 'extensions', 'code')).toBe('GRAPHQL_PARSE_FAILED');
  });

  it.each([
    ['no JSON', 'not json'],
    ['a list', []],
    ['no query', { variables: {} }],
    ['variables that are no object', { query: '{ __typename }', variables: [] }],
    ['an operation that the document does not have', { query: 'query A { __typename }', operationName: 'B' }],
    ['two operations and no choice', { query: 'query A { __typename } query B { __typename }' }],
    ['a fragment that is not defined', { query: '{ ...Lost }' }],
    ['a fragment within itself', { query: '{ ...A } fragment A on Query { ...A }' }],
    ['a variable that is not declared', { query: '{ entityLookup(accountID: $id, type: site) { total } }' }],
    [
      'an argument that is not known',
      { query: `{ accountSnapshot(accountID: "${ACCOUNT}", deep: true) { id } }` },
    ],
    ['one name for two fields', { query: `{ a: accountSnapshot { id } a: entityLookup { total } }` }],
    ['an object without a selection', { query: `{ accountSnapshot(accountID: "${ACCOUNT}") }` }],
    ['a selection below a value', { query: `{ accountSnapshot(accountID: "${ACCOUNT}") { id { x } } }` }],
  ])('has %s', async (_case, body) => {
    const reply = await client.post(body);
    expect(reply.status).toBe(422);
    expect(at(reply.body, 'errors', 0, 'message')).toEqual(expect.any(String));
  });

  it('is no POST', async () => {
    const response = await fetch(client.catoUrl);
    expect(response.status).toBe(422);
  });

  it('has a tunnel id that is none, in the very words of the vendor', async () => {
    const siteId = await addSite(client, 'acme-paris');
    const { status, body } = await client.send('siteUpdateIpsecIkeV2SiteTunnels', {
      siteId,
      updateIpsecIkeV2SiteTunnelsInput: { primary: { tunnels: [{ tunnelId: '', psk: 'key' }] } },
    });
    expect(status).toBe(422);
    expect(body).toEqual({
      errors: [
        {
          message:
            'input: variable.updateIpsecIkeV2SiteTunnelsInput.primary.tunnels[0].tunnelId  is not a valid IPSecV2InterfaceId',
          path: ['variable', 'updateIpsecIkeV2SiteTunnelsInput', 'primary', 'tunnels', 0, 'tunnelId'],
        },
      ],
      data: null,
    });
  });

  const withoutName = { ...siteInput('x'), name: undefined };
  it.each([
    ['a missing value', withoutName, 'cannot be null', ['name']],
    ['a null value', siteInput('x', { name: null }), 'cannot be null', ['name']],
    [
      'a missing nested value',
      siteInput('x', { siteLocation: { timezone: 'Europe/Paris' } }),
      'cannot be null',
      ['siteLocation', 'countryCode'],
    ],
    ['an unknown key', siteInput('x', { colour: 'red' }), 'unknown field', ['colour']],
    [
      'an unknown nested key',
      siteInput('x', { siteLocation: { countryCode: 'FR', timezone: 'Europe/Paris', cityName: 'Paris' } }),
      'unknown field',
      ['siteLocation', 'cityName'],
    ],
    [
      'an unknown enum value',
      siteInput('x', { siteType: 'OFFICE' }),
      'input: variable.addIpsecIkeV2SiteInput.siteType OFFICE is not a valid SiteType',
      ['siteType'],
    ],
    [
      'a bad subnet',
      siteInput('x', { nativeNetworkRange: '10.0.0.0/33' }),
      'input: variable.addIpsecIkeV2SiteInput.nativeNetworkRange 10.0.0.0/33 is not a valid IPSubnet',
      ['nativeNetworkRange'],
    ],
    [
      'a number for a text',
      siteInput('x', { description: 5 }),
      'input: variable.addIpsecIkeV2SiteInput.description  is not a valid String',
      ['description'],
    ],
    [
      'a text for an object',
      siteInput('x', { siteLocation: 'Paris' }),
      'must be a AddSiteLocationInput',
      ['siteLocation'],
    ],
  ])('has %s in its input, and nothing is stored', async (_case, input, message, path) => {
    const { status, body } = await client.send('siteAddIpsecIkeV2Site', { addIpsecIkeV2SiteInput: input });
    expect(status).toBe(422);
    expect(at(body, 'errors', 0, 'message')).toBe(message);
    expect(at(body, 'errors', 0, 'path')).toEqual(['variable', 'addIpsecIkeV2SiteInput', ...path]);
    expect(await client.lookup({ type: 'site' })).toEqual({ entityLookup: { items: [], total: 0 } });
  });

  it('has a default only where the schema has one', async () => {
    const siteId = await addSite(client, 'acme-paris', { siteType: undefined });
    const found = await client.lookup({ type: 'site', entityIDs: [siteId] });
    expect(at(found, 'entityLookup', 'items', 0, 'helperFields', 'type')).toBe('BRANCH');
  });
});

describe('accounts and tokens', () => {
  it('an account sees only its own objects, and ids of others are not found', async () => {
    const siteId = await addSite(client, 'acme-paris');
    const other = { account: '2000', token: 'other' };
    await client.call('siteAddIpsecIkeV2Site', { addIpsecIkeV2SiteInput: siteInput('acme-paris') }, other);
    const { body } = await client.send('siteRemoveSite', { siteId }, other);
    expect(at(body, 'errors', 0, 'message')).toContain('is not found');
  });

  it.each([
    [
      'variables',
      'query ($accountId: ID!) { site(accountId: $accountId) { __typename } }',
      { accountId: '2000' },
    ],
    ['literals', '{ entityLookup(accountID: "2000", type: site) { total } }', {}],
  ])('another account in the %s than in the header is refused', async (_case, query, variables) => {
    const { status, body } = await ask(query, variables);
    expect(status).toBe(403);
    expect(at(body, 'errors', 0, 'message')).toContain('not the account of the request');
  });

  it.each([
    ['the token "invalid"', 'invalid'],
    ['no token', ''],
  ])('%s is refused and counted', async (_case, token) => {
    const { status, body } = await client.send('siteRemoveSite', { siteId: '1' }, { token });
    expect(status).toBe(401);
    expect(body).toEqual({
      errors: [
        { message: 'authentication failed: invalid API key or account', path: ['site', 'removeSite'] },
      ],
      data: null,
    });
    expect(await client.steer('GET', '/calls?vendor=cato')).toMatchObject({
      unauthorized: 1,
      operations: { removeSite: { calls: 0, rejected: 1 } },
    });
  });

  it('the status of that refusal can be chosen', async () => {
    await client.steer('POST', '/settings', { vendor: 'cato', unauthorizedStatus: 200 });
    const { status, body } = await client.send('siteRemoveSite', { siteId: '1' }, { token: 'invalid' });
    expect(status).toBe(200);
    expect(at(body, 'errors', 0, 'message')).toContain('authentication failed');
  });

  it('a token can be revoked for an account and accepted again', async () => {
    const entry = { vendor: 'cato', account: ACCOUNT, token: TOKEN };
    await client.steer('POST', '/tokens:revoke', entry);
    expect((await client.send('siteRemoveSite', { siteId: '1' })).status).toBe(401);
    await addSiteAs('2000', TOKEN);
    await addSiteAs(ACCOUNT, 'new-token');
    await client.steer('POST', '/tokens:accept', entry);
    await client.lookup({ type: 'site' });
  });

  it('an account tied to a token refuses others, counts them, and remembers who came with what', async () => {
    await client.steer('POST', '/tokens:expect', { vendor: 'cato', account: ACCOUNT, token: TOKEN });
    await client.steer('POST', '/tokens:expect', { vendor: 'cato', account: '2000', token: 'token-of-2000' });
    await addSiteAs(ACCOUNT, TOKEN);
    await addSiteAs('2000', 'token-of-2000');
    expect(await client.steer('GET', '/calls?vendor=cato')).toMatchObject({ mismatched: 0 });

    const { status } = await client.send(
      'siteRemoveSite',
      { siteId: '1' },
      { account: '2000', token: TOKEN },
    );
    expect(status).toBe(401);
    expect(await client.steer('GET', '/calls?vendor=cato&account=2000')).toMatchObject({ mismatched: 1 });
    const seen = await client.steer('POST', '/tokens:seen', { vendor: 'cato', token: TOKEN });
    expect(seen['accounts']).toEqual([ACCOUNT, '2000']);
    await client.steer('POST', '/tokens:expect', { vendor: 'cato', account: '2000', token: null });
    await client.send('siteRemoveSite', { siteId: '1' }, { account: '2000', token: TOKEN });
    expect(await client.steer('GET', '/calls?vendor=cato')).toMatchObject({ mismatched: 1 });
  });
});
