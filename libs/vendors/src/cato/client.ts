import { z } from 'zod';
import { VendorFaultError } from '../faults.js';
import type { VendorConnection } from '../vendor.js';
import { faultOfAnswer, messageOfBody } from './faults.js';

/** One call may take this long; the vendor's slowest answers take a few seconds. */
const CALL_TIMEOUT_MS = 30_000;

const Answer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

/**
 * One call to Cato's GraphQL API. No retry of its own: the caller knows what may be repeated.
 * @throws VendorFaultError when the vendor cannot be reached, refuses, or answers something unreadable.
 */
export async function callCato<T>(
  connection: VendorConnection,
  request: { operationName: string; query: string; variables: Record<string, unknown>; answer: z.ZodType<T> },
  signal: AbortSignal,
): Promise<T> {
  const { operationName, query, variables } = request;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  let response: Response;
  let body: string;
  try {
    response = await fetch(connection.baseUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        accept: 'application/json; charset=utf-8',
        'x-api-key': connection.credentials['token'] ?? '',
        'x-account-id': connection.accountId,
        'user-agent': 'sitewright',
      },
      body: JSON.stringify({ operationName, query, variables }),
      signal: deadline,
    });
    body = await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new VendorFaultError(
      { code: 'VENDOR_UNAVAILABLE', message: `${operationName}: connection error`, retryable: true },
      { cause },
    );
  }
  if (!response.ok) throw new VendorFaultError(faultOfAnswer(response.status, messageOfBody(body)));
  const parsed = Answer.safeParse(parseJson(body));
  if (!parsed.success) throw unreadable(operationName);
  if (parsed.data.errors !== undefined) {
    throw new VendorFaultError(
      faultOfAnswer(undefined, parsed.data.errors.map((error) => error.message).join('; ')),
    );
  }
  const data = request.answer.safeParse(parsed.data.data);
  if (!data.success) throw unreadable(operationName);
  return data.data;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const unreadable = (operationName: string) =>
  new VendorFaultError({
    code: 'VENDOR_UNAVAILABLE',
    message: `${operationName}: the answer could not be read`,
    retryable: true,
  });
