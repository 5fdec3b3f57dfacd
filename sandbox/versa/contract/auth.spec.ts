import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, DirectorClient, ORG, PASSWORD, textIn, type Reply } from './director-client.js';

let client: DirectorClient;
beforeAll(async () => {
  client = await DirectorClient.start();
});
beforeEach(() => client.steer('POST', '/reset'));
afterAll(() => client.close());

const ORGS = '/vnms/organization/orgs';
const basic = (user: string, password = PASSWORD): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const bearer = ({ body }: Reply): string => `Bearer ${textIn(body, 'access_token')}`;
const look = (authorization: string | null, headers: Record<string, string> = {}): Promise<Reply> =>
  client.send('GET', ORGS, { authorization, headers });

describe('the token endpoint', () => {
  it('gives a token with all that clients read of it, which then opens the API', async () => {
    const reply = await client.login();
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      expires_in: '1800',
      token_type: 'Bearer',
      refresh_token: expect.any(String),
      user: { name: `automation@${ORG}`, roles: expect.any(Array) },
      auth_context: { isAuthInSlaveNode: false },
    });
    expect(textIn(reply.body, 'access_token').split('.')).toHaveLength(3);
    expect(Date.parse(textIn(reply.body, 'issued_at'))).not.toBeNaN();
    expect(await look(bearer(reply))).toMatchObject({
      status: 200,
      body: { organizations: [{ name: ORG }] },
    });
  });

  it('says "-1" where tokens live for ever', async () => {
    await client.configure({ accessTokenSeconds: 0 });
    const reply = await client.login();
    expect(at(reply.body, 'expires_in')).toBe('-1');
    await client.advance(1e10);
    expect((await look(bearer(reply))).status).toBe(200);
  });

  it.each([
    ['password', { password: 'invalid' }, 401],
    ['user', { username: 'invalid' }, 401],
    ['client', { client_id: 'invalid' }, 401],
    ['client secret', { client_secret: 'invalid' }, 401],
    ['grant type', { grant_type: 'implicit' }, 400],
  ])('refuses a bad %s', async (_what, more, status) => {
    expect(await client.login(more)).toMatchObject({ status, body: { code: 4001 } });
  });

  it('refuses more tokens than a user may have, until one is given back', async () => {
    await client.configure({ maxAccessTokensPerUser: 2 });
    const first = await client.login();
    await client.login();
    const refused = await client.login();
    expect(refused).toMatchObject({ status: 400, body: { code: 4010 } });
    expect(textIn(refused.body, 'message')).toContain('per user');
    expect((await client.login({ username: `other@${ORG}` })).status).toBe(200);
    await client.send('POST', '/auth/revoke', { authorization: bearer(first) });
    expect((await look(bearer(first))).status).toBe(401);
    expect((await client.login()).status).toBe(200);
    expect(await client.steer('GET', '/calls?vendor=versa')).toMatchObject({
      refused: 1,
      operations: { 'auth:token': { calls: 4, refused: 1 }, 'auth:revoke': { calls: 1 } },
    });
  });

  it('counts a client over all its users, and expired tokens not at all', async () => {
    await client.configure({ maxAccessTokens: 1 });
    await client.login();
    expect((await client.login({ username: `other@${ORG}` })).status).toBe(400);
    await client.advance(1_800_000);
    expect((await client.login({ username: `other@${ORG}` })).status).toBe(200);
  });

  it('lets an expired token in no more, but refreshes it once', async () => {
    const old = await client.login();
    await client.advance(1_800_000);
    expect((await look(bearer(old))).status).toBe(401);
    const refresh = {
      authorization: null,
      body: {
        client_id: 'sitewright',
        client_secret: 'secret',
        grant_type: 'refresh_token',
        refresh_token: textIn(old.body, 'refresh_token'),
      },
    };
    const fresh = await client.send('POST', '/auth/refresh', refresh);
    expect(fresh.status).toBe(200);
    expect((await look(bearer(fresh))).status).toBe(200);
    expect((await client.send('POST', '/auth/refresh', refresh)).status).toBe(401);
  });

  it('keeps the rules of a client that was made here', async () => {
    const made = await client.send('POST', '/auth/admin/clients', {
      body: { name: 'fleet', access_token_validity: 60, max_access_tokens: 1, max_access_tokens_per_user: 1 },
    });
    expect(made).toMatchObject({ status: 201, body: { access_token_validity: 60 } });
    const again = await client.send('POST', '/auth/admin/clients', { body: { name: 'fleet' } });
    expect(again.status).toBe(500);
    const known = { client_id: textIn(made.body, 'client_id') };
    expect((await client.login(known)).status).toBe(401);
    const right = { ...known, client_secret: textIn(made.body, 'client_secret') };
    expect(at((await client.login(right)).body, 'expires_in')).toBe('60');
    expect((await client.login(right)).status).toBe(400);
  });
});

describe('who may call', () => {
  it('takes Basic and any token, but not "invalid" and not nothing', async () => {
    expect((await look(basic(`automation@${ORG}`))).status).toBe(200);
    expect((await look('Bearer anything', { 'x-versa-organization': ORG })).status).toBe(200);
    for (const authorization of [basic('a', 'invalid'), 'Bearer invalid', null]) {
      const reply = await look(authorization, { 'x-versa-organization': ORG });
      expect(reply).toMatchObject({
        status: 401,
        body: { error: 'Unauthorized', code: 4001, more_info: '' },
      });
    }
    expect(await client.steer('GET', `/calls?vendor=versa&account=${ORG}`)).toMatchObject({
      unauthorized: 3,
      operations: { 'organization:list': { calls: 2, rejected: 3 } },
    });
  });

  it('answers configuration calls in their own shape', async () => {
    const reply = await client.send('GET', '/api/config/nms', { authorization: null });
    expect(reply).toMatchObject({
      status: 401,
      body: { errors: { error: [{ 'error-tag': 'access-denied', 'error-urlpath': '/api/config/nms' }] } },
    });
  });

  it('takes tokens alone where Basic is off, as on port 9183', async () => {
    await client.configure({ basicAuth: false });
    expect((await look(basic(`automation@${ORG}`))).status).toBe(401);
    expect((await look(bearer(await client.login()))).status).toBe(200);
  });

  it.each([
    ['the header', 'someone@globex', { 'x-versa-organization': 'initech' }, '', 'initech'],
    ['the tenant of the login', 'someone@globex', {}, '?organization=initech', 'globex'],
    ['the query', 'someone', {}, '?organization=initech', 'initech'],
    ['the user', 'someone', {}, '', 'someone'],
  ])('is of the organisation that %s names', async (_what, user, headers, query, expected) => {
    const reply = await client.send('GET', ORGS + query, { authorization: basic(user), headers });
    expect(reply.body).toMatchObject({ organizations: [{ name: expected }] });
  });

  it('keeps the organisation of a login with its token, if no header says another', async () => {
    const token = bearer(await client.login({ username: 'admin' }, { 'x-versa-organization': 'globex' }));
    expect((await look(token)).body).toMatchObject({ organizations: [{ name: 'globex' }] });
    const other = await look(token, { 'x-versa-organization': 'initech' });
    expect(other.body).toMatchObject({ organizations: [{ name: 'initech' }] });
  });

  it('is known by the password behind a token, which can be revoked and tied to an organisation', async () => {
    const token = bearer(await client.login());
    await look(token);
    const password = { vendor: 'versa', token: PASSWORD };
    expect(await client.steer('POST', '/tokens:seen', password)).toMatchObject({ accounts: [ORG] });
    await client.steer('POST', '/tokens:expect', { vendor: 'versa', account: ORG, token: 'another' });
    expect((await look(token)).status).toBe(401);
    expect((await client.login()).status).toBe(401);
    await client.steer('POST', '/tokens:expect', { ...password, account: ORG });
    expect((await look(token)).status).toBe(200);
    await client.steer('POST', '/tokens:revoke', { ...password, account: ORG });
    expect((await look(token)).status).toBe(401);
    await client.steer('POST', '/tokens:accept', { ...password, account: ORG });
    await client.steer('POST', '/tokens:revoke', { vendor: 'versa', account: ORG, token: token.slice(7) });
    expect((await look(token)).status).toBe(401);
    expect((await client.login()).status).toBe(200);
  });
});
