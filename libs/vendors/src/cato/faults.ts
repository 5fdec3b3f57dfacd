import { z } from 'zod';
import type { VendorFault } from '../faults.js';
import { withoutWords } from './words.js';

/**
 * The error frame of the vendor's SDK, up to the suffixes that quote the request. The suffix holds the whole
 * request body, PSKs included, so nothing after this frame may be kept.
 * Source: catonetworks/cato-go-sdk:errors.go, read in v0.3.3.
 */
const Frame = z.object({
  networkErrors: z.object({ code: z.int(), message: z.string() }).nullish(),
  graphqlErrors: z.array(z.object({ message: z.string() })).nullish(),
});

const FRAME_START = '{"networkErrors":';
const FRAME_ENDS = ['} (traceID: ', '} (requestBody: '];

interface ParsedFrame {
  status: number | undefined;
  messages: string[];
}

function parseFrame(text: string): ParsedFrame | undefined {
  const start = text.indexOf(FRAME_START);
  if (start < 0) return undefined;
  const ends = FRAME_ENDS.map((mark) => text.indexOf(mark, start)).filter((at) => at >= 0);
  const json = text.slice(start, ends.length > 0 ? Math.min(...ends) + 1 : undefined);
  try {
    const frame = Frame.parse(JSON.parse(json));
    return {
      status: frame.networkErrors?.code,
      messages: [
        ...(frame.graphqlErrors ?? []).map((error) => error.message),
        ...(frame.networkErrors ? [messageOf(errorsOfBody(frame.networkErrors.message))] : []),
      ].filter((message) => message !== ''),
    };
  } catch {
    return { status: undefined, messages: [] };
  }
}

/** One error of an answer. The path leads to the field of the answer, or of the variables, that it is about. */
export const ApiError = z.object({
  message: z.string(),
  path: z
    .array(z.union([z.string(), z.number()]))
    .nullish()
    .catch(undefined),
});
export type ApiError = z.infer<typeof ApiError>;

const ErrorBody = z.object({ errors: z.array(ApiError) });

/** The errors of an HTTP answer's body; the body itself is not kept, for it may echo the request. */
export function errorsOfBody(body: string): ApiError[] {
  const json = body.slice(Math.max(body.indexOf('{'), 0));
  try {
    return ErrorBody.parse(JSON.parse(json)).errors;
  } catch {
    return [];
  }
}

export const messageOf = (errors: readonly ApiError[]): string =>
  errors.map((error) => error.message).join('; ');

/** After one attempt it gives up on a connection error; only a rate limit makes it try more often. */
const RATE_LIMITED = /rate[ -]?limit|giving up after (?:[2-9]|\d{2,}) attempt/;
/** The one refusal whose words are known: it names nothing but the operation. */
const isRateLimit = (text: string): boolean => text.startsWith('rate limit for operation');
const AUTH = /unauthori[sz]ed|authentication|forbidden|permission|invalid (?:api[ -]?)?(?:key|token)/i;
const NAME_TAKEN = /already exists|name .*(?:taken|in use)/i;
const UNAVAILABLE =
  /internal server|downstream_service_error|connection (?:error|refused|reset)|\bEOF\b|timeout|timed out|context (?:canceled|deadline exceeded)|no such host|network is unreachable|broken pipe/i;
const TRACE_ID = /\(traceID: ([\w-]{1,64})\)/;

function classify(status: number | undefined, message: string): Pick<VendorFault, 'code' | 'retryable'> {
  if (status === 429 || RATE_LIMITED.test(message)) return { code: 'VENDOR_RATE_LIMITED', retryable: true };
  if (status === 401 || status === 403) return { code: 'VENDOR_AUTH_FAILED', retryable: false };
  if ((status !== undefined && status >= 500) || UNAVAILABLE.test(message)) {
    return { code: 'VENDOR_UNAVAILABLE', retryable: true };
  }
  if (NAME_TAKEN.test(message)) return { code: 'NAME_TAKEN', retryable: false };
  if (AUTH.test(message)) return { code: 'VENDOR_AUTH_FAILED', retryable: false };
  return { code: 'VENDOR_REJECTED', retryable: false };
}

/**
 * What an answer of the API, or its absence, means. `message` must already be free of request bodies. `ownWords` are
 * names that the request brought in: a device named `timeout` must not make a refusal look like one.
 */
export function faultOfAnswer(
  status: number | undefined,
  message: string,
  ownWords: readonly string[] = [],
): VendorFault {
  const text = message.trim();
  return {
    ...classify(status, isRateLimit(text) ? text : withoutWords(text, ownWords)),
    message: text === '' ? `the vendor answered ${status ?? 'nothing'}` : text,
  };
}

/** The vendor did something, and nobody knows what. The text quotes the answer, which holds PSKs. */
const UNREADABLE = /failed to decode data/;
const SUMMARIES = /Cato(?:v2)? API|Error hydrating IPSec site state|Catov2/;

/** Reads an error text of the provider (Terraform's diagnostic: summary and detail). */
export function faultOfDiagnostic(text: string): VendorFault | undefined {
  const frame = parseFrame(text);
  if (frame === undefined) {
    if (!SUMMARIES.test(text)) return undefined;
    if (UNREADABLE.test(text)) {
      const message = 'the answer could not be read';
      return { code: 'VENDOR_UNAVAILABLE', message, retryable: true, ...traceOf(text) };
    }
    const beforeRequest = text.split('(requestBody:')[0] ?? '';
    return faultOfAnswer(undefined, beforeRequest.slice(0, 500));
  }
  const messages = frame.messages.length > 0 ? frame.messages.join('; ') : '';
  return { ...faultOfAnswer(frame.status, messages), ...traceOf(text) };
}

function traceOf(text: string): Pick<VendorFault, 'traceId'> {
  const traceId = TRACE_ID.exec(text)?.[1];
  return traceId === undefined ? {} : { traceId };
}
