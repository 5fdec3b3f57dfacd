import { z } from 'zod';
import type { VendorFault } from '../faults.js';

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
        ...(frame.networkErrors ? [messageOfBody(frame.networkErrors.message)] : []),
      ].filter((message) => message !== ''),
    };
  } catch {
    return { status: undefined, messages: [] };
  }
}

const ErrorBody = z.object({ errors: z.array(z.object({ message: z.string() })) });

/** The error messages of an HTTP answer's body; the body itself is not kept, for it may echo the request. */
export function messageOfBody(body: string): string {
  const json = body.slice(Math.max(body.indexOf('{'), 0));
  try {
    return ErrorBody.parse(JSON.parse(json))
      .errors.map((error) => error.message)
      .join('; ');
  } catch {
    return '';
  }
}

/** After one attempt it gives up on a connection error; only a rate limit makes it try more often. */
const RATE_LIMITED = /rate[ -]?limit|giving up after (?:[2-9]|\d{2,}) attempt/;
const AUTH = /unauthori[sz]ed|authentication|forbidden|permission|invalid (?:api[ -]?)?(?:key|token)/i;
const NAME_TAKEN = /already exists|name .*(?:taken|in use)/i;
const UNAVAILABLE =
  /internal server|downstream_service_error|connection (?:error|refused|reset)|\bEOF\b|timeout|timed out|no such host|network is unreachable|broken pipe/i;
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

/** What an answer of the API, or its absence, means. `message` must already be free of request bodies. */
export function faultOfAnswer(status: number | undefined, message: string): VendorFault {
  const text = message.trim();
  return {
    ...classify(status, text),
    message: text === '' ? `the vendor answered ${status ?? 'nothing'}` : text,
  };
}

const SUMMARIES = /Cato(?:v2)? API|Error hydrating IPSec site state|Catov2/;

/** Reads an error text of the provider (Terraform's diagnostic: summary and detail). */
export function faultOfDiagnostic(text: string): VendorFault | undefined {
  const frame = parseFrame(text);
  if (frame === undefined) {
    if (!SUMMARIES.test(text)) return undefined;
    const beforeRequest = text.split('(requestBody:')[0] ?? '';
    return faultOfAnswer(undefined, beforeRequest.slice(0, 500));
  }
  const traceId = TRACE_ID.exec(text)?.[1];
  const messages = frame.messages.length > 0 ? frame.messages.join('; ') : '';
  return { ...faultOfAnswer(frame.status, messages), ...(traceId === undefined ? {} : { traceId }) };
}
