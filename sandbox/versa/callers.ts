import type { IncomingHttpHeaders } from 'node:http';
import type { TokenVerdict, Tokens } from '../admin/tokens.js';
import type { AccessTokens } from './access-tokens.js';
import type { VersaSettings } from './settings.js';
import { VENDOR } from './tasks.js';

/** Names the organisation of a call; a Director that does not know the header takes no notice of it. */
export const ORGANIZATION_HEADER = 'x-versa-organization';

export interface Caller {
  account: string;
  /** The password or, of a token that was not issued here, the token: what the call log knows by its hash. */
  secret: string;
  verdict: TokenVerdict;
}

interface Credentials {
  username: string;
  secret: string;
}

/**
 * The organisation of a call: its header, else the tenant of the login (`user@tenant`), else what the query says, else
 * the user name.
 */
export function organizationOf(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  username: string,
): string {
  const header = headers[ORGANIZATION_HEADER];
  if (typeof header === 'string' && header !== '') return header;
  const tenant = username.slice(username.lastIndexOf('@') + 1);
  if (tenant !== username && tenant !== '') return tenant;
  return query.get('organization') || username;
}

export class Callers {
  readonly #tokens: Tokens;
  readonly #accessTokens: AccessTokens;
  readonly #settings: () => VersaSettings;

  constructor(tokens: Tokens, accessTokens: AccessTokens, settings: () => VersaSettings) {
    this.#tokens = tokens;
    this.#accessTokens = accessTokens;
    this.#settings = settings;
  }

  identify(headers: IncomingHttpHeaders, query: URLSearchParams): Caller {
    const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ');
    if (/^bearer$/i.test(scheme)) return this.#bearer(value, headers, query);
    const basic = /^basic$/i.test(scheme) ? basicCredentials(value) : undefined;
    const { username, secret } = basic ?? { username: '', secret: '' };
    const account = organizationOf(headers, query, username);
    const isAllowed = basic !== undefined && username !== 'invalid' && this.#settings().basicAuth;
    return this.#checked(account, secret, isAllowed);
  }

  #bearer(value: string, headers: IncomingHttpHeaders, query: URLSearchParams): Caller {
    const known = this.#accessTokens.find(value);
    if (known === 'ended') return this.#checked(organizationOf(headers, query, ''), value, false);
    if (known === 'unknown') return this.#checked(organizationOf(headers, query, ''), value, true);
    const header = headers[ORGANIZATION_HEADER];
    const account = typeof header === 'string' && header !== '' ? header : known.login.account;
    // A test may revoke either: this one token, or the password behind it.
    const isRevoked = this.#tokens.verdict(VENDOR, account, value) === 'unauthorized';
    return this.#checked(account, known.login.secret, !isRevoked);
  }

  #checked(account: string, secret: string, isAllowed: boolean): Caller {
    const verdict =
      isAllowed && account !== '' ? this.#tokens.verdict(VENDOR, account, secret) : 'unauthorized';
    return { account, secret, verdict };
  }
}

function basicCredentials(value: string): Credentials | undefined {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), secret: text.slice(colon + 1) };
}
