import { z } from 'zod';
import { VendorFaultError, type VendorFault } from '../faults.js';

const ErrorBody = z.object({ errors: z.array(z.string()) });

/** Longer texts of the vendor repeat themselves: a refused bulk call has one sentence for each of its serials. */
const MAX_MESSAGE_LENGTH = 2000;

const RATE_LIMITED = /rate limit exceeded/i;
const NAME_TAKEN = /name has already been taken/i;
/** Comes with status 400. */
const BATCHES_BUSY = /too many concurrently running batches/i;

/** An answer that says no. The status is kept because some of them are what was wanted, like 404 after a delete. */
export class MerakiRefusal extends VendorFaultError {
  constructor(
    fault: VendorFault,
    readonly status: number,
  ) {
    super(fault);
    this.name = 'MerakiRefusal';
  }

  /** As many batches run as the vendor allows: passes as soon as one of them ends. */
  get isForRunningBatches(): boolean {
    return BATCHES_BUSY.test(this.fault.message);
  }
}

/** The sentences of a refused call's body; anything else in it is not kept. */
export function messageOfBody(body: string): string {
  try {
    return ErrorBody.parse(JSON.parse(body)).errors.join('; ').slice(0, MAX_MESSAGE_LENGTH);
  } catch {
    return '';
  }
}

/** `Retry-After` counts whole seconds. */
export function retryAfterMsOf(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}

/** What a batch failed of says nothing about its actions. */
const BATCH_TROUBLE = /internal server error|try again|timed? ?out|within 10 minutes/i;

/** What a failed batch means for an action of it that is to blame. */
export function faultOfBatch(sentences: readonly string[]): VendorFault {
  const message = sentences.join('; ').slice(0, MAX_MESSAGE_LENGTH);
  return faultOfAnswer(BATCH_TROUBLE.test(message) ? 503 : 400, message);
}

/** The words of the vendor's Terraform provider and of the API's own answers. */
const STATUS = /\bStatusCode (\d{3})\b/;
const SENTENCES = /"errors"\s*:\s*(\[[^\]]*\])|JSON error: (\[[^\]]*\])/;

/** Reads an error text; undefined when it is not the vendor's. */
export function faultOfText(text: string): VendorFault | undefined {
  const [, status] = STATUS.exec(text) ?? [];
  const [, ofBody, ofProvider] = SENTENCES.exec(text) ?? [];
  const list = ofBody ?? ofProvider;
  if (list === undefined) return status === undefined ? undefined : faultOfAnswer(Number(status), '');
  const message = messageOfBody(`{"errors":${list}}`);
  return faultOfAnswer(Number(status ?? (RATE_LIMITED.test(message) ? 429 : 400)), message);
}

function classify(status: number, message: string): Pick<VendorFault, 'code' | 'retryable'> {
  if (status === 429 || BATCHES_BUSY.test(message)) return { code: 'VENDOR_RATE_LIMITED', retryable: true };
  if (status === 401 || status === 403) return { code: 'VENDOR_AUTH_FAILED', retryable: false };
  if (status >= 500) return { code: 'VENDOR_UNAVAILABLE', retryable: true };
  if (NAME_TAKEN.test(message)) return { code: 'NAME_TAKEN', retryable: false };
  return { code: 'VENDOR_REJECTED', retryable: false };
}

/** What a refused call means for the operation that made it. */
export function faultOfAnswer(status: number, message: string, retryAfterMs?: number): VendorFault {
  return {
    ...classify(status, message),
    message: message === '' ? `the vendor answered ${status}` : message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
