import type { AccessToken } from './access-tokens.js';
import { answerJson, answerNothing, ERROR_CODES, Refused } from './answers.js';
import type { Call, Route } from './call.js';
import { isObject, textAt, type JsonObject } from './json.js';

/** Logins themselves are checked before the call is let in; see `logins.ts`. */
export const authRoutes: readonly Route[] = [
  { method: 'POST', path: '/auth/revoke', operation: 'auth:revoke', handler: revoke },
  { method: 'POST', path: '/auth/admin/clients', operation: 'auth:addClient', handler: addClient },
];

export function tokenBody(call: Pick<Call, 'accessTokens'>, token: AccessToken): JsonObject {
  const { username, account } = token.login;
  return {
    access_token: token.value,
    issued_at: new Date(token.issuedAt).toISOString(),
    expires_in: call.accessTokens.expiresIn(token),
    token_type: 'Bearer',
    refresh_token: token.refresh,
    user: {
      name: username,
      firstname: username,
      lastname: '',
      email: '',
      is_external_user: false,
      enable_two_factor: false,
      idle_time_out: 15,
      roles: ['TenantSuperAdmin'],
      primaryrole: { name: 'TenantSuperAdmin', organization: account },
    },
    auth_context: { isAuthInSlaveNode: false },
  };
}

/** The token of the call itself, or the one that the body names. */
function revoke({ accessTokens, bearer, body }: Call) {
  const named = isObject(body) ? textAt(body, 'access_token') : '';
  accessTokens.revoke(named || bearer);
  return answerNothing(200);
}

function addClient({ accessTokens, account, body }: Call) {
  const request = isObject(body) ? body : {};
  const name = textAt(request, 'name');
  if (name === '') throw Refused.invalid('name is missing');
  const given = (key: string, as: string): JsonObject =>
    typeof request[key] === 'number' ? { [as]: request[key] } : {};
  const client = accessTokens.addClient(account.id, {
    name,
    ...given('access_token_validity', 'accessTokenSeconds'),
    ...given('max_access_tokens', 'maxAccessTokens'),
    ...given('max_access_tokens_per_user', 'maxAccessTokensPerUser'),
  });
  if (!client) throw Refused.business(ERROR_CODES.exists, `client ${name} exists already`);
  return answerJson(201, {
    name,
    client_id: client.id,
    client_secret: client.secret,
    access_token_validity: client.accessTokenSeconds,
    max_access_tokens: client.maxAccessTokens,
    max_access_tokens_per_user: client.maxAccessTokensPerUser,
  });
}
