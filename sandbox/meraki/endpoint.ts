import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOutcome } from '../admin/call-log.js';
import { send, type Answer } from '../admin/exchange.js';
import type { Facilities } from '../admin/facilities.js';
import { BodyTooLarge, readBody } from '../admin/http.js';
import type { Admission } from '../admin/sliding-windows.js';
import { batchRoutes } from './action-batches.js';
import {
  answerErrors,
  answerReply,
  badRequest,
  merakiDialect,
  notFound,
  RATE_LIMITED,
  Refusal,
} from './answers.js';
import type { BatchRuns } from './batch-runs.js';
import { configurationRoutes, matchRoute, type MatchedRoute, type Route } from './routes.js';
import type { MerakiSettings } from './settings.js';
import type { MerakiStore } from './store.js';
import type { TokenBuckets } from './token-buckets.js';
import { BASE_PATH, VENDOR } from './vendor.js';

const MAX_BODY_BYTES = 8_388_608;

/** The account of calls whose path names a network or a device that no organization has or had. */
const NO_ORGANIZATION = 'unknown';

interface MerakiCall extends MatchedRoute {
  account: string;
  token: string;
  query: URLSearchParams;
  url: string;
  text: string;
  source: string;
}

export interface EndpointOptions {
  facilities: Facilities;
  store: MerakiStore;
  runs: BatchRuns;
  organizationBuckets: TokenBuckets;
  sourceBuckets: TokenBuckets;
  settings: () => MerakiSettings;
  /** Told after every call that may have changed something. */
  changed: () => void;
}

/** A REST call: who calls, how often, and only then what is asked. */
export class MerakiEndpoint {
  readonly #options: EndpointOptions;
  readonly #routes: readonly Route[];

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#routes = [...configurationRoutes, ...batchRoutes(options.runs)];
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text: string;
    try {
      text = await readBody(request, MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof BodyTooLarge) send(response, answerErrors(413, [error.message]));
      // Otherwise the client has gone in the middle of its request, and nobody is left to be told.
      return;
    }
    const { runs, changed, facilities } = this.#options;
    if (runs.settle()) changed();
    const call = this.#readCall(request, text);
    if (!call) return send(response, answerErrors(404, notFound().errors));
    const answer = this.#checkToken(call) ?? this.#checkLimits(call);
    if (answer) return send(response, answer);
    this.#log(call, 'accepted');
    const target = { vendor: VENDOR, account: call.account, operations: [call.route.operation] };
    await facilities.exchange.answer(target, response, merakiDialect, () => this.#perform(call));
  }

  #readCall(request: IncomingMessage, text: string): MerakiCall | undefined {
    const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
    const { pathname, searchParams } = new URL(request.url ?? '/', origin);
    if (!pathname.startsWith(`${BASE_PATH}/`)) return undefined;
    const matched = matchRoute(this.#routes, request.method ?? '', pathname.slice(BASE_PATH.length));
    if (!matched) return undefined;
    return {
      ...matched,
      account: this.#accountOf(matched),
      token: tokenOf(request),
      query: searchParams,
      url: origin + pathname,
      text,
      source: request.socket.remoteAddress ?? '',
    };
  }

  #accountOf({ path }: MatchedRoute): string {
    const { organizationId, networkId = '', serial = '' } = path;
    const { store } = this.#options;
    return (
      organizationId ??
      store.organizationOfNetwork(networkId) ??
      store.organizationOfSerial(serial) ??
      NO_ORGANIZATION
    );
  }

  #checkToken(call: MerakiCall): Answer | undefined {
    const verdict = this.#options.facilities.tokens.verdict(VENDOR, call.account, call.token);
    if (verdict === 'accepted') return undefined;
    this.#log(call, verdict);
    if (verdict === 'unauthorized') return answerErrors(401, ['Invalid API key']);
    return answerErrors(403, ['The API key has no access to the organization']);
  }

  #checkLimits(call: MerakiCall): Answer | undefined {
    const { settings, sourceBuckets, organizationBuckets } = this.#options;
    const { rateLimits, sourceLimit } = settings();
    if (!rateLimits) return undefined;
    const admissions: Admission[] = [];
    if (sourceLimit) admissions.push(sourceBuckets.take(call.source));
    if (call.account !== NO_ORGANIZATION) admissions.push(organizationBuckets.take(call.account));
    const refusing = admissions.filter(({ isAdmitted }) => !isAdmitted);
    if (refusing.length === 0) return undefined;
    this.#log(call, 'refused');
    const waitMs = Math.max(...refusing.map(({ retryAfterMs }) => retryAfterMs));
    // Clients wait in real time, whatever the pace of the sandbox's clock.
    const seconds = Math.max(1, Math.ceil(this.#options.facilities.clock.realMs(waitMs) / 1000));
    return answerErrors(429, [RATE_LIMITED], { 'retry-after': String(seconds) });
  }

  #log({ account, token, route }: MerakiCall, outcome: CallOutcome): void {
    const { calls, tokens } = this.#options.facilities;
    const { operation } = route;
    const tokenHash = tokens.hash(token);
    calls.add({ vendor: VENDOR, account, tokenHash, operation, document: operation, outcome });
  }

  #perform({ route, path, account, query, url, text }: MerakiCall): Answer {
    const { store, settings, facilities, changed } = this.#options;
    try {
      if (account === NO_ORGANIZATION) throw notFound();
      if (route.method !== 'GET') changed();
      return answerReply(
        route.perform({
          store,
          organization: store.organization(account),
          settings: settings(),
          now: facilities.clock.now(),
          path,
          query,
          body: parseBody(text),
          url,
          isBatched: false,
        }),
      );
    } catch (error) {
      if (error instanceof Refusal) return answerErrors(error.status, error.errors);
      throw error;
    }
  }
}

function tokenOf({ headers }: IncomingMessage): string {
  const [, bearer] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  return bearer ?? String(headers['x-cisco-meraki-api-key'] ?? '');
}

function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The request body is not JSON');
  }
}
