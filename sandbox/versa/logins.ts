import type { IncomingHttpHeaders } from 'node:http';
import type { Tokens } from '../admin/tokens.js';
import type { AccessToken, AccessTokens, Login } from './access-tokens.js';
import { organizationOf } from './callers.js';
import { isObject, textAt } from './json.js';
import { VENDOR } from './tasks.js';

/** A request of a token as far as it could be read, and what is to become of it. */
export interface LoginAttempt {
  account: string;
  secret: string;
  /** `malformed`: 400; `unauthorized` and `mismatched`: 401; `quota`: 400, as the vendor answers it. */
  verdict: 'accepted' | 'malformed' | 'unauthorized' | 'mismatched' | 'quota';
  problem: string;
  issue(): AccessToken | undefined;
}

/** `POST /auth/token` and `POST /auth/refresh`: who logs in is in the body, so it is checked before all else. */
export class Logins {
  readonly #tokens: Tokens;
  readonly #accessTokens: AccessTokens;

  constructor(tokens: Tokens, accessTokens: AccessTokens) {
    this.#tokens = tokens;
    this.#accessTokens = accessTokens;
  }

  password(headers: IncomingHttpHeaders, query: URLSearchParams, body: unknown): LoginAttempt {
    const sent = isObject(body) ? body : {};
    const username = textAt(sent, 'username');
    const secret = textAt(sent, 'password');
    const account = organizationOf(headers, query, username);
    const login = { account, clientId: textAt(sent, 'client_id'), username, secret };
    const attempt = { account, secret, issue: () => this.#accessTokens.issue(login) };
    if (textAt(sent, 'grant_type') !== 'password' || username === '') {
      return { ...attempt, verdict: 'malformed', problem: 'grant_type, username and password are needed' };
    }
    return { ...attempt, ...this.#judge(login, textAt(sent, 'client_secret')) };
  }

  refresh(headers: IncomingHttpHeaders, query: URLSearchParams, body: unknown): LoginAttempt {
    const sent = isObject(body) ? body : {};
    const refreshToken = textAt(sent, 'refresh_token');
    const login = this.#accessTokens.refreshed(refreshToken);
    const attempt = {
      account: login?.account ?? organizationOf(headers, query, ''),
      secret: login?.secret ?? refreshToken,
      issue: () => this.#accessTokens.replace(refreshToken),
    };
    if (textAt(sent, 'grant_type') !== 'refresh_token') {
      return { ...attempt, verdict: 'malformed', problem: 'grant_type must be refresh_token' };
    }
    if (!login) return { ...attempt, verdict: 'unauthorized', problem: 'unknown refresh token' };
    // The new token takes the place of the old one, so there is no quota to ask.
    const verdict = this.#verdictOf(login, textAt(sent, 'client_id'), textAt(sent, 'client_secret'));
    return { ...attempt, verdict, problem: 'bad client or user' };
  }

  #judge(login: Login, clientSecret: string): Pick<LoginAttempt, 'verdict' | 'problem'> {
    const verdict = this.#verdictOf(login, login.clientId, clientSecret);
    if (verdict !== 'accepted') return { verdict, problem: 'bad client or user' };
    const problem = this.#accessTokens.quotaProblem(login);
    return problem === undefined ? { verdict, problem: '' } : { verdict: 'quota', problem };
  }

  #verdictOf(
    { account, secret, username }: Login,
    clientId: string,
    clientSecret: string,
  ): 'accepted' | 'unauthorized' | 'mismatched' {
    if (!this.#accessTokens.isClient(account, clientId, clientSecret)) return 'unauthorized';
    if (username === 'invalid' || account === '') return 'unauthorized';
    return this.#tokens.verdict(VENDOR, account, secret);
  }
}
