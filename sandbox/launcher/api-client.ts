import { Problem } from '@app/contracts';
import { SetupProblem } from '../services/setup-problem.js';

const TIMEOUT_MS = 15_000;

/** A caller of the gateway's REST API. */
export interface ApiClient {
  get: (path: string) => Promise<unknown>;
  put: (path: string, body: unknown) => Promise<unknown>;
}

export function apiClient(baseUrl: string, adminKey: string, signal: AbortSignal): ApiClient {
  const call = async (method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok)
      throw new SetupProblem(`${method} ${path} was refused: ${refusal(answer, response.status)}`);
    return answer;
  };
  return { get: (path) => call('GET', path), put: (path, body) => call('PUT', path, body) };
}

function refusal(answer: unknown, status: number): string {
  const problem = Problem.safeParse(answer);
  return problem.success ? `${problem.data.code}, ${problem.data.detail}` : `status ${status}`;
}
