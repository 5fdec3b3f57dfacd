import { MessageWriter } from './wire.js';

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  /** Attribute names and list positions that lead to the value the message is about. */
  readonly path?: readonly (string | number)[];
}

const SEVERITY = { error: 1, warning: 2 } as const;

export function errorDiagnostic(
  summary: string,
  detail: string,
  path?: readonly (string | number)[],
): Diagnostic {
  return { severity: 'error', summary, detail, ...(path && { path }) };
}

export function encodeDiagnostic({ severity, summary, detail, path }: Diagnostic): MessageWriter {
  const message = new MessageWriter().int(1, SEVERITY[severity]).string(2, summary).string(3, detail);
  if (!path?.length) return message;
  const steps = new MessageWriter();
  for (const step of path) {
    const selector = new MessageWriter();
    steps.message(1, typeof step === 'string' ? selector.string(1, step) : selector.int(3, step));
  }
  return message.message(4, steps);
}
