import { type Operation, Operation as OperationSchema, isFinal } from '@app/contracts';
import { z } from 'zod';
import { waitFor } from '../services/wait-for.js';

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON body; undefined when there is none. */
  body: unknown;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Another API key than the client's. */
  key?: string;
}

/** A client of the gateway that shows every answer as it is. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  async call(
    method: string,
    path: string,
    { body, headers, key = this.key }: CallOptions = {},
  ): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(90_000),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** A request that is accepted with an operation. */
  async submit(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    options: CallOptions = {},
  ): Promise<Operation> {
    const answer = await this.call(method, path, options);
    if (answer.status !== 202 && answer.status !== 200) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return OperationSchema.parse(answer.body);
  }

  async operation(id: string): Promise<Operation> {
    return OperationSchema.parse((await this.call('GET', `/v1/operations/${id}`)).body);
  }

  /** The operation once it has ended. */
  settled(id: string, timeoutMs = 45_000): Promise<Operation> {
    return waitFor(
      async () => {
        const operation = await this.operation(id);
        return isFinal(operation.status) && operation;
      },
      { what: `the end of operation ${id}`, timeoutMs },
    );
  }

  /** Submits, and answers the operation once it has ended. */
  async run(method: 'PUT' | 'DELETE', path: string, options: CallOptions = {}): Promise<Operation> {
    return this.settled((await this.submit(method, path, options)).id);
  }

  async addCustomer(name: string, account: { accountId: string; token: string }): Promise<void> {
    await this.expect('PUT', `/v1/customers/${name}`, { displayName: name });
    await this.expect('PUT', `/v1/customers/${name}/vendor-accounts/cato`, {
      accountId: account.accountId,
      credentials: { token: account.token },
    });
  }

  private async expect(method: string, path: string, body: unknown): Promise<void> {
    const answer = await this.call(method, path, { body });
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

const Problem = z.object({ code: z.string(), errors: z.array(z.object({ path: z.string() })).default([]) });

/** The code of a problem and the fields that it names. */
export function problemOf({ body }: Answer): { code: string; paths: string[] } {
  const { code, errors } = Problem.parse(body);
  return { code, paths: errors.map(({ path }) => path) };
}
