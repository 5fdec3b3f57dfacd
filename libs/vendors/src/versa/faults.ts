import { z } from 'zod';
import { VendorFaultError, type VendorFault } from '../faults.js';

/** An answer that says no, or a task that did. */
export class VersaRefusal extends VendorFaultError {
  constructor(
    fault: VendorFault,
    /** Of the answer; undefined for a task, whose answer said yes. */
    readonly status: number | undefined,
  ) {
    super(fault);
    this.name = 'VersaRefusal';
  }

  /** A task works on the device, one of ours perhaps, or somebody holds the template. */
  get isBusy(): boolean {
    return this.fault.isBusy === true;
  }
}

const MAX_MESSAGE_LENGTH = 2000;

const ServiceError = z.object({
  error: z.string(),
  code: z.coerce.number(),
  message: z.string(),
});
const ConfdError = z.object({ 'error-message': z.string(), 'error-tag': z.string() });
const ConfdErrors = z.object({ errors: z.object({ error: z.array(ConfdError).min(1) }) });

/** What a refusal's body says; anything else in the body is not kept. */
export interface Complaint {
  message: string;
  /** The services' application code, or a tag of the configuration database. */
  code: string | undefined;
}

/** Reads either form of error, that of the services and that of the configuration database. */
export function complaintOf(body: unknown): Complaint | undefined {
  const service = ServiceError.safeParse(body);
  if (service.success) return { message: service.data.message, code: String(service.data.code) };
  const confd = ConfdErrors.safeParse(body);
  if (!confd.success) return undefined;
  const { error } = confd.data.errors;
  return { message: error.map((one) => one['error-message']).join('; '), code: error[0]?.['error-tag'] };
}

/*
 * The vendor's words are documented nowhere. All patterns have a space in them: names of devices and templates, which
 * the vendor repeats, have none.
 */
const BUSY = /(?:is|are) (?:busy|locked)|locked by|lock denied|another (?:commit|task|transaction)/i;
const EXISTS = /already exists|exists already|object exists/i;
const TROUBLE =
  /internal (?:server )?error|service unavailable|timed out|time out|connection (?:refused|reset)|try again/i;
const LOCK_DENIED = 'lock-denied';

/** The services answer 500 to what their own rules forbid, with an application code of that range. */
const isBusinessCode = (code: string | undefined): boolean => Number(code) >= 4001 && Number(code) <= 5000;

function classify(status: number, complaint: Complaint): Pick<VendorFault, 'code' | 'retryable'> {
  const { message, code } = complaint;
  if (status === 429) return { code: 'VENDOR_RATE_LIMITED', retryable: true };
  if (status === 401 || status === 403) return { code: 'VENDOR_AUTH_FAILED', retryable: false };
  const isTrouble =
    status > 500 ||
    (status === 500 && (!isBusinessCode(code) || message === '' || TROUBLE.test(message))) ||
    isBusy(complaint);
  if (isTrouble) return { code: 'VENDOR_UNAVAILABLE', retryable: true };
  if (EXISTS.test(message)) return { code: 'NAME_TAKEN', retryable: false };
  return { code: 'VENDOR_REJECTED', retryable: false };
}

const isBusy = ({ message, code }: Complaint): boolean => code === LOCK_DENIED || BUSY.test(message);

/** What a refused call means for the operation that made it. `message` must be free of secrets. */
export function refusalOf(status: number, complaint: Complaint, retryAfterMs?: number): VersaRefusal {
  const message = complaint.message.trim().slice(0, MAX_MESSAGE_LENGTH);
  const fault = {
    ...classify(status, complaint),
    message: message === '' ? `the vendor answered ${status}` : message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return new VersaRefusal(orBusy(fault, complaint), status);
}

/** What the error of a task that failed means. */
export function refusalOfTask({ message, code }: Complaint): VersaRefusal {
  const complaint = { message, code };
  const text = message.trim().slice(0, MAX_MESSAGE_LENGTH);
  const isTransient = isBusy(complaint) || TROUBLE.test(message);
  const fault: VendorFault = {
    code: isTransient ? 'VENDOR_UNAVAILABLE' : 'VENDOR_REJECTED',
    message: text === '' ? 'the task failed without a reason' : text,
    retryable: isTransient,
  };
  return new VersaRefusal(orBusy(fault, complaint), undefined);
}

const orBusy = (fault: VendorFault, complaint: Complaint): VendorFault =>
  fault.code === 'VENDOR_UNAVAILABLE' && isBusy(complaint) ? { ...fault, isBusy: true } : fault;

/** A refusal that is about what was asked, not about the vendor: others may be let through. */
export const isAboutRequest = (error: unknown): error is VersaRefusal =>
  error instanceof VersaRefusal &&
  (error.isBusy || error.fault.code === 'VENDOR_REJECTED' || error.fault.code === 'NAME_TAKEN');

/** `Retry-After` in seconds. */
export const retryAfterMsOf = (header: string | null): number | undefined =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
