import { createHash, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutOfBudget } from '@app/ledger';
import { VendorFaultError, type CallMeter, type ProviderCalls } from '@app/vendors';
import { BodyTooLarge, forwardedHeaders, readBody, returnedHeaders } from './exchange.js';

const HOST = '127.0.0.1';
/** Requests of providers are some kilobytes. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** As much of an answer as is looked at for a refusal. */
const MAX_START_BYTES = 64 * 1024;
/** How long a request waits here for budget before the provider is told to wait by itself. */
const PATIENCE_MS = 5_000;
/** Less than servers keep a connection that is not used: a request on one that is being closed is lost. */
const IDLE_CONNECTION_MS = 4_000;
/** A vendor that is silent for so long does not answer; the reservation of a call outlives it. */
const SILENCE_MS = 110_000;

/** What the proxy has to know of a run. */
export interface RunToMeter {
  /** The vendor's address as the account has it. */
  baseUrl: string;
  calls: Pick<ProviderCalls, 'operationsOf' | 'refusal'>;
  meter: CallMeter;
}

/** A run's way to the vendor. */
export interface MeteredRun {
  /** To be given to the provider in place of the vendor's address. */
  baseUrl: string;
  /** Names the run in that address; to be kept out of what is shown. */
  token: string;
  /** Ends the run's calls, those under way too. */
  close(): void;
}

interface Session extends RunToMeter {
  origin: string;
  stop: AbortController;
}

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface MeteringProxyOptions {
  /** Environment in which the names of proxies to the outside are looked up. */
  environment?: Readonly<Record<string, string>>;
  patienceMs?: number;
}

/**
 * Passes the calls of providers on to the vendors, each when the run's budget has room for it. On the loopback
 * interface of this process alone. Bodies and headers hold secrets: they are passed on and never kept or logged.
 */
export class MeteringProxy {
  readonly #sessions = new Map<string, Session>();
  readonly #server: http.Server;
  readonly #agents: { http: http.Agent; https: https.Agent };
  readonly #patienceMs: number;
  #listening: Promise<string> | undefined;

  constructor({ environment, patienceMs = PATIENCE_MS }: MeteringProxyOptions = {}) {
    const options = {
      keepAlive: true,
      timeout: IDLE_CONNECTION_MS,
      ...(environment && { proxyEnv: { ...environment } }),
    };
    this.#agents = { http: new http.Agent(options), https: new https.Agent(options) };
    this.#patienceMs = patienceMs;
    this.#server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 30_000;
  }

  async open(run: RunToMeter): Promise<MeteredRun> {
    const address = await (this.#listening ??= this.#listen());
    const token = randomBytes(32).toString('base64url');
    const { origin, pathname, search } = new URL(run.baseUrl);
    const session: Session = { ...run, origin, stop: new AbortController() };
    this.#sessions.set(digest(token), session);
    return {
      baseUrl: `${address}/${token}${pathname}${search}`,
      token,
      close: () => {
        this.#sessions.delete(digest(token));
        session.stop.abort();
      },
    };
  }

  async close(): Promise<void> {
    for (const { stop } of this.#sessions.values()) stop.abort();
    this.#sessions.clear();
    this.#server.closeAllConnections();
    if (this.#listening !== undefined) await new Promise((resolve) => this.#server.close(resolve));
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, HOST, resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the metering proxy has no port');
    return `http://${HOST}:${address.port}`;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [, token = '', path = '/'] = /^\/([\w-]+)(.*)$/s.exec(request.url ?? '') ?? [];
    const session = this.#sessions.get(digest(token));
    if (session === undefined) return answer(response, 404);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([session.stop.signal, gone.signal]);
    let body: Buffer;
    try {
      body = await readBody(request, MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof BodyTooLarge) return answer(response, 413);
      throw error;
    }
    const { calls, meter } = session;
    const operations = calls.operationsOf({ method: request.method ?? '', path, body });
    const forward = () => this.#forward({ session, path, request, body, response, signal });
    const call = operations.reduceRight<() => Promise<void>>(
      (next, operation) => () => meter.call(operation, next),
      forward,
    );
    const until = performance.now() + this.#patienceMs;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        // The vendor's own refusal has been passed on already.
        if (error instanceof VendorFaultError) return;
        if (!(error instanceof OutOfBudget)) throw error;
        if (performance.now() + error.waitMs > until) {
          // As the vendor would say it: providers know what to do about that.
          return answer(response, 429, {
            'retry-after': String(Math.max(Math.ceil(error.waitMs / 1000), 1)),
          });
        }
        await sleep(Math.max(Math.ceil(error.waitMs), 1), undefined, { signal });
      }
    }
  }

  /** @throws VendorFaultError when the vendor refused for its rate limit; its answer has been passed on by then */
  async #forward(exchange: {
    session: Session;
    path: string;
    request: http.IncomingMessage;
    body: Buffer;
    response: http.ServerResponse;
    signal: AbortSignal;
  }): Promise<void> {
    const { session, path, request, body, response, signal } = exchange;
    const url = new URL(session.origin + path);
    const { request: send, agent } =
      url.protocol === 'https:'
        ? { request: https.request, agent: this.#agents.https }
        : { request: http.request, agent: this.#agents.http };
    const upstream = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = send(url, {
        agent,
        method: request.method ?? 'POST',
        headers: forwardedHeaders(request.rawHeaders, url, body.length),
        signal: AbortSignal.any([signal, AbortSignal.timeout(SILENCE_MS)]),
      });
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    response.writeHead(upstream.statusCode ?? 502, returnedHeaders(upstream.rawHeaders));
    const start: Buffer[] = [];
    let length = 0;
    for await (const piece of upstream as AsyncIterable<Buffer>) {
      if (length < MAX_START_BYTES) start.push(piece);
      length += piece.length;
      if (!response.write(piece)) await drained(response, signal);
    }
    response.end();
    const refusal = session.calls.refusal({
      status: upstream.statusCode ?? 0,
      retryAfter: upstream.headers['retry-after'],
      start: Buffer.concat(start).toString('utf8'),
    });
    if (refusal === undefined) return;
    const { retryAfterMs } = refusal;
    throw new VendorFaultError({
      code: 'VENDOR_RATE_LIMITED',
      message: 'the vendor refused a call for its rate limit',
      retryable: true,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}

function answer(response: http.ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-length': '0' });
  response.end();
}

/** Resolves when more may be written, rejects when nobody reads any more. */
function drained(response: http.ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      response.off('drain', onDrain);
      reject(signal.reason);
    };
    response.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
