import { z } from 'zod';
import { VendorFaultError, type VendorFault } from '../faults.js';
import type { VendorConnection } from '../connection.js';
import { ApiError, errorsOfBody, faultOfAnswer, messageOf } from './faults.js';

/** One call may take this long; the vendor's slowest answers take a few seconds. */
const CALL_TIMEOUT_MS = 30_000;

const Answer = z.object({
  data: z.unknown(),
  errors: z.array(ApiError).optional(),
});

/** The API answered, and refused. `errors` are its words one by one, with what each is about. */
export class CatoRefusal extends VendorFaultError {
  constructor(
    fault: VendorFault,
    readonly errors: readonly ApiError[],
  ) {
    super(fault);
    this.name = 'CatoRefusal';
  }
}

interface CatoRequest<T> {
  /** The API's field, by which the vendor counts calls. */
  operation: string;
  /** The document's own name. */
  operationName: string;
  query: string;
  variables: Record<string, unknown>;
  answer: z.ZodType<T>;
  /** Names in the variables that an answer may repeat; they say nothing about what kind of answer it is. */
  ownWords?: readonly string[];
}

/**
 * One call to Cato's GraphQL API. No retry of its own: the caller knows what may be repeated.
 * @throws VendorFaultError when the vendor cannot be reached, refuses, or answers something unreadable; what the
 * connection's meter throws when the call was not made
 */
export const callCato = <T>(
  connection: VendorConnection,
  request: CatoRequest<T>,
  signal: AbortSignal,
): Promise<T> => connection.meter.call(request.operation, () => post(connection, request, signal));

async function post<T>(
  connection: VendorConnection,
  request: CatoRequest<T>,
  signal: AbortSignal,
): Promise<T> {
  const { operationName, query, variables, ownWords } = request;
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
  if (!response.ok) {
    const errors = errorsOfBody(body);
    const fault = faultOfAnswer(response.status, messageOf(errors), ownWords);
    throw new CatoRefusal({ ...fault, ...waitOf(response) }, errors);
  }
  const parsed = Answer.safeParse(parseJson(body));
  if (!parsed.success) throw unreadable(operationName);
  const { errors } = parsed.data;
  if (errors !== undefined)
    throw new CatoRefusal(faultOfAnswer(undefined, messageOf(errors), ownWords), errors);
  const data = request.answer.safeParse(parsed.data.data);
  if (!data.success) throw unreadable(operationName);
  return data.data;
}

/** `Retry-After` in seconds: the vendor documents no header, its clients honour this one (cato-go-sdk:cato.go). */
function waitOf({ headers }: Response): Pick<VendorFault, 'retryAfterMs'> {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? { retryAfterMs: Number(seconds) * 1000 } : {};
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
