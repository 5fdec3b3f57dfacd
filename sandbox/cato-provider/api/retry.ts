import type { HttpAnswer } from './http-post.js';

export interface RetryPolicy {
  readonly max: number;
  readonly waitMinSeconds: number;
  readonly waitMaxSeconds: number;
}

const TOO_MANY_REQUESTS = 429;
const SERVICE_UNAVAILABLE = 503;
const RATE_LIMIT_TEXT = /rate limit|rate-limit|ratelimit/;

/** The vendor's client repeats a call for one reason only: it was told that it calls too often. */
export function isRateLimited({ status, body }: HttpAnswer): boolean {
  if (status === TOO_MANY_REQUESTS) return true;
  // Nearly every answer ends here, without being parsed a second time.
  if (!RATE_LIMIT_TEXT.test(body)) return false;
  return errorMessages(body).some((message) => RATE_LIMIT_TEXT.test(message));
}

/** Doubles from the least to the greatest wait; `Retry-After` is heeded with statuses 429 and 503 alone. */
export function retryWaitMs(policy: RetryPolicy, attempt: number, { status, headers }: HttpAnswer): number {
  if (status === TOO_MANY_REQUESTS || status === SERVICE_UNAVAILABLE) {
    const seconds = Number(headers['retry-after'] ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  }
  return Math.min(policy.waitMinSeconds * 2 ** attempt, policy.waitMaxSeconds) * 1000;
}

function errorMessages(body: string): string[] {
  let answer: Partial<Record<'errors' | 'networkErrors' | 'graphqlErrors', unknown>> | null;
  try {
    answer = JSON.parse(body);
  } catch {
    return [];
  }
  return [answer?.errors, answer?.networkErrors, answer?.graphqlErrors].flatMap((errors) =>
    Array.isArray(errors) ? errors.flatMap(messageOf) : [],
  );
}

function messageOf(error: unknown): string[] {
  const isMessage = typeof error === 'object' && error !== null && 'message' in error;
  return isMessage && typeof error.message === 'string' ? [error.message] : [];
}
