import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOutcome } from '../admin/call-log.js';
import { send, type Answer } from '../admin/exchange.js';
import type { Facilities } from '../admin/facilities.js';
import { BodyTooLarge, readBody } from '../admin/http.js';
import type { AccessTokens } from './access-tokens.js';
import {
  answerConfdError,
  answerJson,
  answerServiceError,
  ConfdRefused,
  ERROR_CODES,
  Refused,
  versaDialect,
} from './answers.js';
import { applianceRoutes } from './appliances.js';
import { authRoutes, tokenBody } from './auth.js';
import type { Call } from './call.js';
import { Callers } from './callers.js';
import { configRoutes } from './config-api.js';
import { deviceGroupRoutes } from './device-groups.js';
import { deviceWorkflowRoutes } from './device-workflows.js';
import { Logins, type LoginAttempt } from './logins.js';
import { organizationRoutes } from './organizations.js';
import { Router, type Matched } from './router.js';
import type { VersaSettings } from './settings.js';
import type { VersaStore } from './store.js';
import { taskRoutes } from './tasks-api.js';
import { Tasks, VENDOR } from './tasks.js';
import { templateRoutes } from './templates.js';

const MAX_BODY_BYTES = 8_388_608;
const LOGINS = new Map([
  ['/auth/token', 'auth:token'],
  ['/auth/refresh', 'auth:refresh'],
]);

const router = new Router([
  ...authRoutes,
  ...organizationRoutes,
  ...templateRoutes,
  ...deviceGroupRoutes,
  ...deviceWorkflowRoutes,
  ...applianceRoutes,
  ...taskRoutes,
  ...configRoutes,
]);

export interface EndpointOptions {
  facilities: Facilities;
  store: VersaStore;
  accessTokens: AccessTokens;
  tasks: Tasks;
  settings: () => VersaSettings;
  changed: () => void;
}

interface Request {
  message: IncomingMessage;
  response: ServerResponse;
  method: string;
  path: string;
  query: URLSearchParams;
  text: string;
}

/** The Director's REST API: who calls for which organisation, and only then what is asked. */
export class VersaEndpoint {
  readonly #options: EndpointOptions;
  readonly #callers: Callers;
  readonly #logins: Logins;

  constructor(options: EndpointOptions) {
    const { facilities, accessTokens, settings } = options;
    this.#options = options;
    this.#callers = new Callers(facilities.tokens, accessTokens, settings);
    this.#logins = new Logins(facilities.tokens, accessTokens);
  }

  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let text: string;
    try {
      text = await readBody(message, MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof BodyTooLarge)
        send(response, answerServiceError(413, ERROR_CODES.invalid, error.message));
      // Otherwise the client has gone in the middle of its request, and nobody is left to be told.
      return;
    }
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://director');
    const request = {
      message,
      response,
      method: message.method ?? 'GET',
      path: pathname,
      query: searchParams,
      text,
    };
    const login = request.method === 'POST' ? LOGINS.get(pathname) : undefined;
    if (login === undefined) await this.#answerCall(request);
    else await this.#answerLogin(request, login);
  }

  async #answerLogin({ message, response, query, text }: Request, operation: string): Promise<void> {
    const body = parsed(text);
    const attempt =
      operation === 'auth:token'
        ? this.#logins.password(message.headers, query, body)
        : this.#logins.refresh(message.headers, query, body);
    const outcome = outcomeOf(attempt.verdict);
    this.#log(attempt.account, attempt.secret, operation, outcome);
    if (attempt.verdict !== 'accepted') return send(response, refusedLogin(attempt));
    const target = { vendor: VENDOR, account: attempt.account, operations: [operation] };
    const { accessTokens, facilities } = this.#options;
    await facilities.exchange.answer(target, response, versaDialect, () => {
      const token = attempt.issue();
      if (token) return answerJson(200, tokenBody({ accessTokens }, token));
      return answerServiceError(401, ERROR_CODES.invalid, 'the refresh token was used meanwhile');
    });
  }

  async #answerCall(request: Request): Promise<void> {
    const { message, response, method, path, query, text } = request;
    const { facilities, store } = this.#options;
    const matched = router.match(method, path);
    const operation = matched?.operation ?? 'unknown';
    const { account, secret, verdict } = this.#callers.identify(message.headers, query);
    this.#log(account, secret, operation, verdict);
    if (verdict !== 'accepted') return send(response, refusedCaller(path));
    const problem = matched ? contentProblem(request) : answerNoRoute(method, path);
    if (problem || !matched) return send(response, problem ?? answerNoRoute(method, path));
    const target = { vendor: VENDOR, account, operations: [operation] };
    await facilities.exchange.answer(target, response, versaDialect, () =>
      this.#execute(matched, request, store.account(account), parsed(text)),
    );
  }

  #execute(matched: Matched, request: Request, account: Call['account'], body: unknown): Answer {
    const { method, path, query, message } = request;
    const { tasks, accessTokens, settings, facilities, changed } = this.#options;
    tasks.settle(account);
    if (method !== 'GET') changed();
    const call: Call = {
      method,
      path,
      params: matched.params,
      rest: matched.rest,
      query,
      body,
      bearer: (message.headers.authorization ?? '').replace(/^bearer /i, ''),
      account,
      tasks,
      accessTokens,
      settings: settings(),
      now: facilities.clock.now(),
    };
    try {
      return matched.handler(call);
    } catch (error) {
      if (error instanceof ConfdRefused)
        return answerConfdError(error.status, error.tag, error.message, path);
      if (error instanceof Refused)
        return answerServiceError(error.status, error.code, error.message, error.moreInfo);
      throw error;
    }
  }

  #log(account: string, secret: string, operation: string, outcome: CallOutcome): void {
    const { calls, tokens } = this.#options.facilities;
    calls.add({ vendor: VENDOR, account, tokenHash: tokens.hash(secret), operation, document: '', outcome });
  }
}

function outcomeOf(verdict: LoginAttempt['verdict']): CallOutcome {
  if (verdict === 'quota') return 'refused';
  return verdict === 'malformed' ? 'accepted' : verdict;
}

function refusedLogin({ verdict, problem }: LoginAttempt): Answer {
  if (verdict === 'quota') return answerServiceError(400, ERROR_CODES.quota, problem);
  return answerServiceError(verdict === 'malformed' ? 400 : 401, ERROR_CODES.invalid, problem);
}

const isConfd = (path: string): boolean => path.startsWith('/api/');

function refusedCaller(path: string): Answer {
  const message = 'authentication failed';
  return isConfd(path)
    ? answerConfdError(401, 'access-denied', message, path)
    : answerServiceError(401, ERROR_CODES.invalid, message, '', {
        'WWW-Authenticate': 'Basic realm="Versa"',
      });
}

function answerNoRoute(method: string, path: string): Answer {
  const message = `there is no ${method} ${path}`;
  return isConfd(path)
    ? answerConfdError(404, 'data-missing', message, path)
    : answerServiceError(404, ERROR_CODES.notFound, message);
}

/** The media type first: a client that forgets it would fail at the real Director only. */
function contentProblem({ message, path, text }: Request): Answer | undefined {
  if (text.trim() === '') return undefined;
  const [type = ''] = (message.headers['content-type'] ?? '').split(';');
  const isJson = type === 'application/json' || (isConfd(path) && type === 'application/vnd.yang.data+json');
  if (isJson && parsed(text) !== undefined) return undefined;
  const problem = isJson ? 'the body is not JSON' : `the media type "${type}" is not supported`;
  if (isConfd(path)) return answerConfdError(isJson ? 400 : 415, 'malformed-message', problem, path);
  return answerServiceError(isJson ? 400 : 415, ERROR_CODES.invalid, problem);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, or nothing at all: who needs a body says so.
    return undefined;
  }
}
