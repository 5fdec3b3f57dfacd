import { goJson } from './go-json.js';

/**
 * What the vendor's SDK says when a call fails. Its text carries the whole request body, pre-shared keys
 * included; that is so in the real one, and whoever shows it must redact it.
 */
export class CatoApiError extends Error {
  constructor(reason: string, requestBody: string, traceId = '') {
    const trace = traceId && ` (traceID: ${traceId})`;
    const request = requestBody && ` (requestBody: ${requestBody})`;
    super(`${reason}${trace}${request}`);
  }
}

export interface NetworkErrors {
  readonly code: number;
  readonly message: string;
}

export function errorFrame(networkErrors: NetworkErrors | null, graphqlErrors: unknown): string {
  return goJson({ networkErrors, graphqlErrors });
}
