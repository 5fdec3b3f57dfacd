/** A request of the load, and all that came back for it. */
export interface Submission {
  key: string;
  method: 'PUT' | 'DELETE' | 'POST';
  path: string;
  customer: string;
  site: string;
  /** It asks for devices of the site, and not for the site itself. */
  isOfDevices: boolean;
  body: unknown;
  answers: SubmissionAnswer[];
  /** How often nothing came back. */
  lost: number;
  /** Nothing that counts has come back before the client's patience ended. */
  isGivenUp: boolean;
}

export interface SubmissionAnswer {
  status: number;
  operationId: string | undefined;
  code: string | undefined;
}

/** Answers after which a client sends the same again: they say that the request was not looked at. */
const TRY_AGAIN = new Set([429, 500, 502, 503, 504]);

/** What a client does with an answer. */
export function isSettled({ status, code }: SubmissionAnswer): boolean {
  return !TRY_AGAIN.has(status) && code !== 'IDEMPOTENCY_KEY_IN_USE';
}

export const isAccepted = ({ status }: SubmissionAnswer): boolean => status >= 200 && status < 300;
