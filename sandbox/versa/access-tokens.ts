import { randomBytes, randomUUID } from 'node:crypto';
import type { SandboxClock } from '../admin/clock.js';
import type { VersaSettings } from './settings.js';

/** Who has logged in. `secret` is the password, by which tests know and revoke a credential. */
export interface Login {
  account: string;
  clientId: string;
  username: string;
  secret: string;
}

export interface OauthClient {
  id: string;
  name: string;
  secret: string;
  accessTokenSeconds: number;
  maxAccessTokens: number;
  maxAccessTokensPerUser: number;
}

export interface AccessToken {
  value: string;
  refresh: string;
  login: Login;
  issuedAt: number;
  /** Null is never. */
  expiresAt: number | null;
}

export type ClientRequest = Partial<Omit<OauthClient, 'id' | 'secret'>> & { name: string };

/** The Director's tokens: as many as a client may have, until they expire or are given back. */
export class AccessTokens {
  readonly #clock: SandboxClock;
  readonly #settings: () => VersaSettings;
  readonly #tokens = new Map<string, AccessToken>();
  readonly #byRefresh = new Map<string, AccessToken>();
  readonly #ended = new Set<string>();
  readonly #clients = new Map<string, OauthClient>();

  constructor(clock: SandboxClock, settings: () => VersaSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Any client is known in the sandbox; one that was made here must be right about its secret. */
  isClient(account: string, id: string, secret: string): boolean {
    if (id === '' || id === 'invalid' || secret === 'invalid') return false;
    const client = this.#clients.get(clientKey(account, id));
    return client === undefined || client.secret === secret;
  }

  addClient(account: string, request: ClientRequest): OauthClient | undefined {
    const taken = [...this.#clients].some(
      ([key, { name }]) => name === request.name && key.startsWith(clientKey(account, '')),
    );
    if (taken) return undefined;
    const { accessTokenSeconds, maxAccessTokens, maxAccessTokensPerUser } = this.#settings();
    const client = {
      accessTokenSeconds,
      maxAccessTokens,
      maxAccessTokensPerUser,
      ...request,
      id: randomUUID(),
      secret: randomBytes(16).toString('hex'),
    };
    this.#clients.set(clientKey(account, client.id), client);
    return client;
  }

  /** Why no more tokens are given out, if so. */
  quotaProblem({ account, clientId, username }: Login): string | undefined {
    const { maxAccessTokens, maxAccessTokensPerUser } = this.#rulesFor(account, clientId);
    let ofClient = 0;
    let ofUser = 0;
    for (const token of this.#tokens.values()) {
      const { login } = token;
      if (login.account !== account || login.clientId !== clientId || this.#isExpired(token)) continue;
      ofClient += 1;
      if (login.username === username) ofUser += 1;
    }
    if (ofUser >= maxAccessTokensPerUser)
      return `maximum number of access tokens per user reached: ${maxAccessTokensPerUser}`;
    return ofClient >= maxAccessTokens
      ? `maximum number of access tokens reached: ${maxAccessTokens}`
      : undefined;
  }

  issue(login: Login): AccessToken {
    const now = this.#clock.now();
    for (const token of this.#tokens.values()) if (this.#isExpired(token)) this.#forget(token);
    const { accessTokenSeconds } = this.#rulesFor(login.account, login.clientId);
    const token = {
      value: webToken({ jti: randomUUID(), sub: login.username, tenant: login.account }),
      refresh: randomBytes(24).toString('base64url'),
      login,
      issuedAt: now,
      expiresAt: accessTokenSeconds === 0 ? null : now + accessTokenSeconds * 1000,
    };
    this.#tokens.set(token.value, token);
    this.#byRefresh.set(token.refresh, token);
    return token;
  }

  /** As the client counts it, in real seconds, whatever the pace of the sandbox's clock; "-1" is never. */
  expiresIn({ issuedAt, expiresAt }: AccessToken): string {
    if (expiresAt === null) return '-1';
    return String(Math.max(1, Math.floor(this.#clock.realMs(expiresAt - issuedAt) / 1000)));
  }

  refreshed(refreshToken: string): Login | undefined {
    return this.#byRefresh.get(refreshToken)?.login;
  }

  /** A token is used once for its refresh: the new one takes its place. */
  replace(refreshToken: string): AccessToken | undefined {
    const token = this.#byRefresh.get(refreshToken);
    if (!token) return undefined;
    this.#forget(token);
    this.#byRefresh.delete(refreshToken);
    return this.issue(token.login);
  }

  revoke(value: string): void {
    const token = this.#tokens.get(value);
    this.#ended.add(value);
    if (!token) return;
    this.#forget(token);
    this.#byRefresh.delete(token.refresh);
  }

  /** `unknown`: not one of these, but the sandbox takes any token; `ended`: expired or given back. */
  find(value: string): AccessToken | 'unknown' | 'ended' {
    const token = this.#tokens.get(value);
    if (token) return this.#isExpired(token) ? 'ended' : token;
    return this.#ended.has(value) ? 'ended' : 'unknown';
  }

  reset(): void {
    this.#tokens.clear();
    this.#byRefresh.clear();
    this.#ended.clear();
    this.#clients.clear();
  }

  #isExpired({ expiresAt }: AccessToken): boolean {
    return expiresAt !== null && expiresAt <= this.#clock.now();
  }

  /** Its refresh token stays good: that is what it is for. */
  #forget(token: AccessToken): void {
    this.#tokens.delete(token.value);
    this.#ended.add(token.value);
  }

  #rulesFor(
    account: string,
    clientId: string,
  ): Pick<OauthClient, 'accessTokenSeconds' | 'maxAccessTokens' | 'maxAccessTokensPerUser'> {
    return this.#clients.get(clientKey(account, clientId)) ?? this.#settings();
  }
}

const clientKey = (account: string, id: string): string => `${account} ${id}`;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** In the form of a JWT; only the simulator itself has to know it again. */
function webToken(payload: Record<string, string>): string {
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}.${randomBytes(16).toString('base64url')}`;
}
