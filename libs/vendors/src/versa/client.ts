import type { VendorConnection } from '../connection.js';
import { AccessTokens } from './access-tokens.js';
import { VersaRefusal } from './faults.js';
import { exchange, type VersaRequest } from './transport.js';

const tokens = new AccessTokens();

/**
 * One call to the Director under the shared token of its login. No retry of its own, except that a token which has
 * ended before its time is replaced once: a call that was not let in has done nothing.
 * @throws VersaRefusal when the vendor says no, VendorFaultError when it cannot be reached or understood
 */
export async function callVersa<T>(
  connection: VendorConnection,
  request: VersaRequest<T>,
  signal: AbortSignal,
): Promise<T> {
  const token = await tokens.current(connection, signal);
  try {
    return await exchange(connection, request, { token: token.value, signal });
  } catch (error) {
    if (!(error instanceof VersaRefusal) || error.status !== 401) throw error;
  }
  tokens.drop(connection, token);
  const fresh = await tokens.current(connection, signal);
  return exchange(connection, request, { token: fresh.value, signal });
}

/** Gives the tokens of this process back, so that its successor has room for its own. */
export const releaseTokens = (signal: AbortSignal): Promise<void> => tokens.release(signal);

/** What the call gives, or undefined where the vendor answers that there is no such thing. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof VersaRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** The path of something whose names come from elsewhere. */
export const pathOf = (parts: TemplateStringsArray, ...names: string[]): string =>
  String.raw({ raw: parts }, ...names.map(encodeURIComponent));
