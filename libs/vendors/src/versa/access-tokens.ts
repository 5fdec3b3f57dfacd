import { createHash } from 'node:crypto';
import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { VersaRefusal } from './faults.js';
import { exchange } from './transport.js';

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  /** Seconds as a text; "-1" is for ever. */
  expires_in: z.coerce.number(),
  refresh_token: z.string().nullish(),
});

export interface AccessToken {
  value: string;
  refresh: string | undefined;
  /** When to get another one, so that no call meets its end. */
  renewAt: number;
}

interface Login {
  connection: VendorConnection;
  token: AccessToken | undefined;
  /** Good for a new token in place of an old one, which needs no room in the quota. */
  refresh: string | undefined;
  pending: Promise<AccessToken> | undefined;
}

/** A token is renewed this long before its end, or after four fifths of a short life. */
const MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.2;

/**
 * The tokens of this process: one for each login, whoever calls. A Director gives out few of them (20 to a user, by
 * default) and refuses more until one has expired or been given back.
 */
export class AccessTokens {
  readonly #logins = new Map<string, Login>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The login's token; where it takes a request, all who ask meanwhile share it. */
  async current(connection: VendorConnection, signal: AbortSignal): Promise<AccessToken> {
    signal.throwIfAborted();
    const login = this.#loginOf(connection);
    if (login.token !== undefined && this.#now() < login.token.renewAt) return login.token;
    login.pending ??= this.#renew(login, connection);
    return whileWanted(login.pending, signal);
  }

  /** A token that the vendor no longer takes; what came in its place meanwhile stays. */
  drop(connection: VendorConnection, token: AccessToken): void {
    const login = this.#loginOf(connection);
    if (login.token === token) login.token = undefined;
  }

  /** Gives all tokens back. What cannot be given back expires by itself. */
  async release(signal: AbortSignal): Promise<void> {
    const logins = [...this.#logins.values()];
    this.#logins.clear();
    const revoke = async ({ connection, token }: Login) => {
      if (token === undefined) return;
      const request = {
        operation: 'auth:revoke',
        method: 'POST',
        path: '/auth/revoke',
        answer: z.unknown(),
      } as const;
      await exchange(connection, request, { token: token.value, signal });
    };
    await Promise.allSettled(logins.map(revoke));
  }

  /** Secrets are part of what a login is: nobody gets in by what somebody else was right about. */
  #loginOf(connection: VendorConnection): Login {
    const { baseUrl, credentials } = connection;
    const { clientId, clientSecret, username, password } = credentials;
    const key = createHash('sha256')
      .update(JSON.stringify([baseUrl, clientId, clientSecret, username, password]))
      .digest('hex');
    let login = this.#logins.get(key);
    if (login === undefined) {
      this.#forgetEnded();
      login = { connection, token: undefined, refresh: undefined, pending: undefined };
      this.#logins.set(key, login);
    }
    return login;
  }

  #forgetEnded(): void {
    const now = this.#now();
    for (const [key, { token, pending }] of this.#logins) {
      if (pending === undefined && (token === undefined || token.renewAt <= now)) this.#logins.delete(key);
    }
  }

  async #renew(login: Login, connection: VendorConnection): Promise<AccessToken> {
    // Whoever gives up waiting must not take the token from the others: the call has a deadline of its own.
    const signal = new AbortController().signal;
    const askedAt = this.#now();
    try {
      const answer = await this.#ask(login, connection, signal);
      const token = {
        value: answer.access_token,
        refresh: answer.refresh_token ?? undefined,
        renewAt: renewalOf(askedAt, answer.expires_in * 1000),
      };
      login.token = token;
      login.refresh = token.refresh;
      login.connection = connection;
      return token;
    } finally {
      login.pending = undefined;
    }
  }

  async #ask(
    login: Login,
    connection: VendorConnection,
    signal: AbortSignal,
  ): Promise<z.infer<typeof TokenAnswer>> {
    const { clientId, clientSecret, username, password } = connection.credentials;
    const client = { client_id: clientId, client_secret: clientSecret };
    const request = (operation: string, path: string, body: object) =>
      exchange(
        connection,
        { operation, method: 'POST', path, body: { ...client, ...body }, answer: TokenAnswer },
        { token: undefined, signal },
      );
    const { refresh } = login;
    // It is good for once, whether or not the answer arrives.
    login.refresh = undefined;
    if (refresh !== undefined) {
      const body = { grant_type: 'refresh_token', refresh_token: refresh };
      const answer = await unlessRefused(request('auth:refresh', '/auth/refresh', body));
      if (answer !== undefined) return answer;
    }
    try {
      return await request('auth:token', '/auth/token', { grant_type: 'password', username, password });
    } catch (error) {
      throw explained(error);
    }
  }
}

function renewalOf(askedAt: number, lifetimeMs: number): number {
  if (lifetimeMs < 0) return Infinity;
  return askedAt + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs * MARGIN_SHARE);
}

/** A refresh that is refused, because its token was revoked or used, is no reason not to log in. */
async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof VersaRefusal && [400, 401].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

/** A login that is refused with 400 is right, but one too many: it passes when another token ends. */
function explained(error: unknown): unknown {
  if (!(error instanceof VersaRefusal) || error.status !== 400) return error;
  const { message } = error.fault;
  return new VendorFaultError(
    {
      code: 'VENDOR_RATE_LIMITED',
      message: `the Director gives out no more access tokens: ${message}`,
      retryable: true,
    },
    { cause: error },
  );
}

function whileWanted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', leave));
}
