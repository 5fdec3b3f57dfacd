import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { faultOfAnswer, MerakiRefusal, messageOfBody, retryAfterMsOf } from './faults.js';

/** One call may take this long; a synchronous batch is the vendor's slowest answer. */
const CALL_TIMEOUT_MS = 30_000;

export interface MerakiRequest<T> {
  /** The operation's name in the vendor's API description: what limits and faults are about. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: URLSearchParams;
  body?: unknown;
  answer: z.ZodType<T>;
}

interface Received<T> {
  answer: T;
  /** Where the list goes on, or undefined at its end. */
  next: URLSearchParams | undefined;
}

/** What an operation without an answer answers. */
export const Nothing = z.undefined();

/**
 * One call to the Meraki dashboard API. No retry of its own: the caller knows what may be repeated.
 * @throws MerakiRefusal when the vendor says no, VendorFaultError when it cannot be reached or understood.
 */
export async function callMeraki<T>(
  connection: VendorConnection,
  request: MerakiRequest<T>,
  signal: AbortSignal,
): Promise<T> {
  return (await exchange(connection, request, signal)).answer;
}

/** All entries of a list, as many calls as it has pages. */
export async function listMeraki<T>(
  connection: VendorConnection,
  request: MerakiRequest<T[]>,
  signal: AbortSignal,
): Promise<T[]> {
  const entries: T[] = [];
  let query: URLSearchParams | undefined = request.query ?? new URLSearchParams();
  while (query !== undefined) {
    const { answer, next }: Received<T[]> = await exchange(connection, { ...request, query }, signal);
    entries.push(...answer);
    query = next;
  }
  return entries;
}

/** What the call gives, or undefined where the vendor answers that there is no such thing. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof MerakiRefusal && error.status === 404) return undefined;
    throw error;
  }
}

/** The path of something whose names come from elsewhere. */
export function pathOf(parts: TemplateStringsArray, ...names: string[]): string {
  return String.raw({ raw: parts }, ...names.map(encodeURIComponent));
}

/** Every call goes through here, and so through the account's meter. */
async function exchange<T>(
  connection: VendorConnection,
  request: MerakiRequest<T>,
  signal: AbortSignal,
): Promise<Received<T>> {
  const received = await connection.meter.call(request.operation, () => send(connection, request, signal));
  if (received instanceof MerakiRefusal) throw received;
  return received;
}

/** One request. The refusal that is no matter of how often one calls is answered, so that no meter learns from it. */
async function send<T>(
  connection: VendorConnection,
  { operation, method, path, query, body, answer }: MerakiRequest<T>,
  signal: AbortSignal,
): Promise<Received<T> | MerakiRefusal> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  const search = query === undefined || query.size === 0 ? '' : `?${query.toString()}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(connection.baseUrl + path + search, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${connection.credentials['apiKey'] ?? ''}`,
        'user-agent': 'sitewright',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: deadline,
    });
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new VendorFaultError(
      { code: 'VENDOR_UNAVAILABLE', message: `${operation}: connection error`, retryable: true },
      { cause },
    );
  }
  if (!response.ok) {
    const waitMs = retryAfterMsOf(response.headers.get('retry-after'));
    const fault = faultOfAnswer(response.status, messageOfBody(text), waitMs);
    const refusal = new MerakiRefusal(fault, response.status);
    if (refusal.isForRunningBatches) return refusal;
    throw refusal;
  }
  const parsed = answer.safeParse(text === '' ? undefined : parseJson(text));
  if (!parsed.success) throw unreadable(operation);
  return { answer: parsed.data, next: nextPage(response.headers.get('link')) };
}

/**
 * The query of the next page. Only the query: the key goes to the address that the account names, whatever address
 * an answer names.
 */
function nextPage(link: string | null): URLSearchParams | undefined {
  const next = link?.split(',').find((entry) => /;\s*rel="?next"?\s*$/.test(entry));
  const [, query] = /<[^>?]*\?([^>]*)>/.exec(next ?? '') ?? [];
  return query === undefined ? undefined : new URLSearchParams(query);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes it, so that it counts as unreadable, an empty answer included.
    return Symbol('not JSON');
  }
}

const unreadable = (operation: string) =>
  new VendorFaultError({
    code: 'VENDOR_UNAVAILABLE',
    message: `${operation}: the answer could not be read`,
    retryable: true,
  });
