import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RunGrant, StateStore } from '@app/ledger';
import type { BackendAccess } from '../terraform/child-environment.js';
import { answerBackend, type BackendAnswer } from './state-backend.handler.js';
import { RunTokens, type RunAccess } from './run-tokens.js';

/** A state of one site is some kilobytes; this is far above anything sane. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const HOST = '127.0.0.1';

/** What a run needs to reach its state, and the way to end its right. */
export interface OpenedState extends BackendAccess {
  revoke(): void;
}

/**
 * Terraform's HTTP state backend, on the loopback interface of this process alone. It answers from the state store and
 * keeps nothing. Bodies are states: they hold secrets and are never logged.
 */
export class StateBackend {
  readonly #tokens = new RunTokens();
  readonly #server: Server;
  #address = '';

  /** @param onError told of what is not Terraform's fault, e.g. a database that is away */
  constructor(
    private readonly store: StateStore,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 30_000;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, HOST, resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the state backend has no port');
    this.#address = `http://${HOST}:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Opens the state of a run. Without a grant: an empty state that cannot be written, for `init`. */
  open(grant: RunGrant | undefined): OpenedState {
    const access: RunAccess = this.#tokens.issue(grant);
    return {
      address: this.#address + access.path,
      username: access.username,
      password: access.password,
      revoke: () => this.#tokens.revoke(access),
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: BackendAnswer;
    try {
      const session = this.#tokens.find(request.headers.authorization);
      const body = session === undefined ? Buffer.alloc(0) : await readBody(request);
      answer =
        body === undefined
          ? { status: 413, headers: { connection: 'close' } }
          : await answerBackend(this.store, {
              method: request.method ?? '',
              url: request.url ?? '/',
              session,
              body,
            });
    } catch (error) {
      this.onError(error);
      // Terraform tries again for a while.
      answer = { status: 503 };
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }
}

/** undefined when there is more than the limit allows. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
