import type { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { complaintOf, refusalOf, retryAfterMsOf } from './faults.js';
import { Slots } from './slots.js';

/** One call may take this long; what takes longer at the vendor is a task. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * Calls in flight to one Director from this process. No limit is documented: its commits have one writer at a time and
 * its tasks queue up, so that more calls at once make it slower and nothing faster.
 */
const CALLS_AT_ONCE = 6;

export interface VersaRequest<T> {
  /** What limits, the call log and faults know the call by. */
  operation: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: URLSearchParams;
  body?: unknown;
  answer: z.ZodType<T>;
}

const slots = new Map<string, Slots>();

function slotsOf(baseUrl: string): Slots {
  let found = slots.get(baseUrl);
  if (found === undefined) slots.set(baseUrl, (found = new Slots(CALLS_AT_ONCE)));
  return found;
}

/**
 * One counted call of the Director's REST API, with a token or, to get one, without. No retry of its own.
 * @throws VersaRefusal when the vendor says no, VendorFaultError when it cannot be reached or understood
 */
export function exchange<T>(
  connection: VendorConnection,
  request: VersaRequest<T>,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<T> {
  return slotsOf(connection.baseUrl).use(signal, () =>
    connection.meter.call(request.operation, () => send(connection, request, token, signal)),
  );
}

async function send<T>(
  connection: VendorConnection,
  { operation, method, path, query, body, answer }: VersaRequest<T>,
  token: string | undefined,
  signal: AbortSignal,
): Promise<T> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  let response: Response;
  let text: string;
  try {
    response = await fetch(connection.baseUrl + path + (query === undefined ? '' : `?${query.toString()}`), {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'sitewright',
        // Names the organisation; a Director that does not know the header takes no notice of it.
        'x-versa-organization': connection.accountId,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: deadline,
    });
    text = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw unavailable(`${operation}: connection error`, { cause });
  }
  const received = parseJson(text);
  const complaint = complaintOf(received) ?? { message: '', code: undefined };
  const kept = {
    ...complaint,
    message: withoutSecrets(complaint.message, [...Object.values(connection.credentials), token ?? '']),
  };
  if (!response.ok) {
    throw refusalOf(response.status, kept, retryAfterMsOf(response.headers.get('retry-after')));
  }
  // A failure may come with a status of success.
  if (kept.message !== '') throw refusalOf(500, kept);
  const parsed = answer.safeParse(received);
  if (parsed.success) return parsed.data;
  throw unavailable(`${operation}: the answer could not be read`);
}

/** What is not JSON, an empty answer included, is nothing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const withoutSecrets = (message: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret.length >= 4)
    .reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message);

const unavailable = (message: string, options?: ErrorOptions) =>
  new VendorFaultError({ code: 'VENDOR_UNAVAILABLE', message, retryable: true }, options);
