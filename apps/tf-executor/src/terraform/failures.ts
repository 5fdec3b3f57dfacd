import type { ErrorCode } from '@app/contracts';
import { AppError } from '@app/runtime';
import type { Vendor, VendorFault } from '@app/vendors';
import type { Redactor } from './redaction.js';
import type { Diagnostic, StreamSummary } from './stream.js';
import type { ProcessEnd } from './supervisor-protocol.js';

/** What a Terraform process was for. */
export type Stage = 'init' | 'plan' | 'apply' | 'import';

const STAGE_CODES = {
  init: 'TF_INIT_FAILED',
  plan: 'TF_PLAN_FAILED',
  apply: 'TF_APPLY_FAILED',
  import: 'TF_IMPORT_FAILED',
} as const satisfies Record<Stage, ErrorCode>;

/** A Terraform process ended with an error. Neither message nor diagnostics hold a secret of the run. */
export class TerraformFailed extends AppError {
  readonly code: ErrorCode;
  readonly stage: Stage;
  /** Summary and detail of every error, redacted. */
  readonly diagnostics: readonly string[];

  constructor(failure: {
    code: ErrorCode;
    stage: Stage;
    message: string;
    retryable: boolean;
    details?: Record<string, unknown>;
    diagnostics?: readonly string[];
  }) {
    super(failure.message, {
      retryable: failure.retryable,
      details: { stage: failure.stage, ...failure.details },
    });
    this.code = failure.code;
    this.stage = failure.stage;
    this.diagnostics = failure.diagnostics ?? [];
  }
}

interface FailedProcess {
  stage: Stage;
  end: ProcessEnd;
  stream: StreamSummary;
  vendor: Pick<Vendor, 'fault'>;
  redact: Redactor;
}

/** Codes from the one that says most to the one that says least: what cannot be repeated goes first. */
const PRECEDENCE: readonly ErrorCode[] = [
  'TF_STATE_UNSAVED',
  'VENDOR_AUTH_FAILED',
  'NAME_TAKEN',
  'VENDOR_REJECTED',
  'TF_STATE_LOCKED',
  'VENDOR_RATE_LIMITED',
  'VENDOR_UNAVAILABLE',
];
const rank = (code: ErrorCode): number =>
  PRECEDENCE.includes(code) ? PRECEDENCE.indexOf(code) : PRECEDENCE.length;

const STATE_LOCKED = /Error acquiring the state lock/;
const STATE_UNSAVED =
  /Failed to (?:save|persist) (?:the )?state|Error (?:saving|persisting) state|errored\.tfstate/i;
const STATE_UNREADABLE =
  /Error (?:loading|refreshing|reading) state|Failed to (?:load|get existing) state|Failed to read state/i;
/** Nobody knows what the vendor did, or the provider died: reconcile, then try again. */
const AMBIGUOUS =
  /Provider produced inconsistent result|Provider returned invalid result object|Plugin did not respond|plugin exited|plugin.*(?:crashed|handshake)|rpc error: code = Unavailable|Failed to (?:load plugin schemas|obtain provider schema|instantiate provider)|Reattachment process not found|connection refused|operation was (?:canceled|cancelled)/i;

const MAX_MESSAGE = 1_000;

/** What the error of one diagnostic means. */
function classify(
  text: string,
  process: Pick<FailedProcess, 'stage' | 'vendor'>,
): { code: ErrorCode; retryable: boolean; message: string; traceId?: string | undefined } {
  const withoutRequest = text.split('(requestBody:')[0] ?? '';
  if (STATE_UNSAVED.test(text)) {
    return { code: 'TF_STATE_UNSAVED', retryable: true, message: 'the state could not be saved' };
  }
  if (STATE_LOCKED.test(text)) {
    return { code: 'TF_STATE_LOCKED', retryable: true, message: 'the state is locked by another run' };
  }
  const fault: VendorFault | undefined = process.vendor.fault(text);
  if (fault !== undefined) return fault;
  return {
    code: STAGE_CODES[process.stage],
    retryable: AMBIGUOUS.test(text) || STATE_UNREADABLE.test(text),
    message: withoutRequest.trim(),
  };
}

/** The typed error for a process that did not do its work. */
export function failureOf(process: FailedProcess): TerraformFailed {
  const { stage, redact } = process;
  const errors = process.stream.errors.length > 0 ? process.stream.errors : textErrors(process.stream.text);
  if (errors.length === 0) return crash(process);
  const read = errors
    .map((error) => ({ error, ...classify(textOf(error), process) }))
    .toSorted((a, b) => rank(a.code) - rank(b.code));
  const [first] = read;
  if (first === undefined) return crash(process);
  return new TerraformFailed({
    code: first.code,
    stage,
    message: tidy(first.message, redact),
    // Of errors that say nothing certain, one that repeating may heal decides.
    retryable:
      first.retryable || (rank(first.code) === PRECEDENCE.length && read.some((one) => one.retryable)),
    details: {
      ...(first.error.address === undefined ? {} : { address: first.error.address }),
      ...(first.traceId === undefined ? {} : { traceId: first.traceId }),
      ...(read.length > 1 ? { errors: read.length } : {}),
    },
    diagnostics: errors.map((error) => redact(textOf(error).split('(requestBody:')[0] ?? '')),
  });
}

const textOf = ({ summary, detail }: Diagnostic): string =>
  detail === '' ? summary : `${summary}: ${detail}`;

const tidy = (message: string, redact: Redactor): string =>
  redact(message).replace(/\s+/g, ' ').slice(0, MAX_MESSAGE);

/**
 * Errors of the commands that have no `-json`: blocks that begin with `Error:` behind a frame of lines. Terraform
 * wraps their words; put back on one line, an error that quotes JSON can be read again.
 */
function textErrors(text: string): Diagnostic[] {
  const plain = text.replace(/^[╷│╵]\s?/gmu, '');
  return plain
    .split(/^Error: /m)
    .slice(1)
    .map((block) => {
      const [summary = '', ...detail] = block.trim().split('\n');
      return { summary, detail: detail.join(' ').trim(), address: undefined };
    });
}

/** It ended without a word: killed, out of memory, or a crash. */
function crash({ stage, end, stream, redact }: FailedProcess): TerraformFailed {
  const how =
    'isLost' in end
      ? 'with its supervisor'
      : end.signal === null
        ? `with code ${end.code}`
        : `by ${end.signal}`;
  const lastWords = tidy((stream.text.split('(requestBody:')[0] ?? '').trim().slice(-300), redact);
  return new TerraformFailed({
    code: STAGE_CODES[stage],
    stage,
    message: `terraform ended ${how}${lastWords === '' ? '' : `: ${lastWords}`}`,
    retryable: true,
  });
}
