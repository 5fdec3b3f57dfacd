import type { IncomingMessage, ServerResponse } from 'node:http';
import { send, type Answer } from '../admin/exchange.js';
import type { Facilities } from '../admin/facilities.js';
import { BodyTooLarge, readBody } from '../admin/http.js';
import type { CallOutcome } from '../admin/call-log.js';
import type { Admission, SlidingWindows } from '../admin/sliding-windows.js';
import { answerErrors, answerExecuted, catoDialect } from './answers.js';
import { bgpPeerResolvers } from './bgp-peers.js';
import type { CatoContext } from './context.js';
import { execute, ForeignAccount, type Resolver } from './execute.js';
import { InvalidRequest } from './graphql/graphql-error.js';
import { isRecord } from './graphql/record.js';
import { lookupResolvers } from './lookups.js';
import { networkRangeResolvers } from './network-ranges.js';
import { policyResolvers } from './policies.js';
import { limitsOf } from './rate-limits.js';
import { RequestPlans, type PlannedOperation, type RequestPlan } from './request-plan.js';
import { catoScalars } from './scalars.js';
import { catoSchema } from './schema.js';
import type { CatoSettings } from './settings.js';
import { siteResolvers } from './sites.js';
import { snapshotResolvers } from './snapshot.js';
import { staticHostResolvers } from './static-hosts.js';
import type { CatoStore } from './store.js';
import { tunnelResolvers } from './tunnels.js';

export const VENDOR = 'cato';
const MAX_BODY_BYTES = 8_388_608;

const resolvers: Readonly<Record<string, Resolver<CatoContext>>> = {
  ...siteResolvers,
  ...tunnelResolvers,
  ...bgpPeerResolvers,
  ...networkRangeResolvers,
  ...staticHostResolvers,
  ...lookupResolvers,
  ...snapshotResolvers,
  ...policyResolvers,
};

interface GraphqlRequest {
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown>;
}

interface CatoCall extends GraphqlRequest {
  account: string;
  token: string;
  plan: RequestPlan;
}

export interface EndpointOptions {
  facilities: Facilities;
  store: CatoStore;
  windows: SlidingWindows;
  settings: () => CatoSettings;
  /** Told after every mutation. */
  changed: () => void;
}

/** `POST` of a GraphQL request: who calls, how often, and only then what is asked. */
export class CatoEndpoint {
  readonly #facilities: Facilities;
  readonly #store: CatoStore;
  readonly #windows: SlidingWindows;
  readonly #settings: () => CatoSettings;
  readonly #changed: () => void;
  readonly #plans = new RequestPlans(catoSchema);

  constructor({ facilities, store, windows, settings, changed }: EndpointOptions) {
    this.#facilities = facilities;
    this.#store = store;
    this.#windows = windows;
    this.#settings = settings;
    this.#changed = changed;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text: string;
    try {
      text = await readBody(request, MAX_BODY_BYTES);
    } catch (error) {
      if (error instanceof BodyTooLarge) send(response, answerErrors(413, [{ message: error.message }]));
      // Otherwise the client has gone in the middle of its request, and nobody is left to be told.
      return;
    }
    try {
      const call = this.#readCall(request, text);
      const answer = this.#checkToken(call) ?? this.#checkLimits(call);
      if (answer) return send(response, answer);
      this.#log(call, 'accepted');
      const target = { vendor: VENDOR, account: call.account, operations: call.plan.names };
      await this.#facilities.exchange.answer(target, response, catoDialect, () => this.#execute(call));
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      send(response, answerErrors(422, [error.body]));
    }
  }

  #readCall(request: IncomingMessage, text: string): CatoCall {
    if (request.method !== 'POST')
      throw InvalidRequest.validation(`${request.method} is not supported, use POST`);
    const graphql = readGraphqlRequest(text);
    const account = accountOf(request, graphql.variables);
    const token = String(request.headers['x-api-key'] ?? '');
    return { ...graphql, account, token, plan: this.#plans.planFor(graphql.query, graphql.operationName) };
  }

  #checkToken(call: CatoCall): Answer | undefined {
    const verdict = this.#facilities.tokens.verdict(VENDOR, call.account, call.token);
    if (verdict === 'accepted' && call.account !== '') return undefined;
    this.#log(call, verdict === 'mismatched' ? verdict : 'unauthorized');
    return this.#answerUnauthorized(call);
  }

  #answerUnauthorized({ plan }: CatoCall): Answer {
    const error = {
      message: 'authentication failed: invalid API key or account',
      path: pathOf(plan.operations[0]),
    };
    return answerErrors(this.#settings().unauthorizedStatus, [error]);
  }

  #checkLimits(call: CatoCall): Answer | undefined {
    if (!this.#settings().rateLimits) return undefined;
    let refusal: Answer | undefined;
    for (const name of call.plan.names) {
      const admission = this.#windows.take(`${call.account} ${name}`, limitsOf(name));
      if (!admission.isAdmitted) refusal ??= this.#answerRateLimited(call.plan, name, admission);
    }
    if (refusal) this.#log(call, 'refused');
    return refusal;
  }

  #answerRateLimited({ operations }: RequestPlan, name: string, { retryAfterMs }: Admission): Answer {
    const path = pathOf(operations.find((operation) => operation.name === name));
    const error = { message: `rate limit for operation: ${name}`, path };
    if (this.#settings().rateLimitMode === 'graphql') return answerErrors(200, [error]);
    // Clients wait in real time, whatever the pace of the sandbox's clock.
    const seconds = Math.max(1, Math.ceil(this.#facilities.clock.realMs(retryAfterMs) / 1000));
    return answerErrors(429, [error], { 'Retry-After': String(seconds) });
  }

  #log({ account, token, plan, operationName }: CatoCall, outcome: CallOutcome): void {
    const tokenHash = this.#facilities.tokens.hash(token);
    const document = operationName ?? '';
    for (const operation of plan.names) {
      this.#facilities.calls.add({ vendor: VENDOR, account, tokenHash, operation, document, outcome });
    }
  }

  #execute({ account, plan, variables }: CatoCall): Answer {
    const settings = this.#settings();
    const store = this.#store;
    const context: CatoContext = {
      store,
      account: store.account(account),
      settings,
      now: this.#facilities.clock.now(),
    };
    if (plan.document.kind === 'mutation') this.#changed();
    try {
      checkNamedAccount(variables, account);
      return answerExecuted(
        execute({
          plan,
          sentVariables: variables,
          account,
          context,
          resolvers,
          scalars: catoScalars,
          isStrict: settings.strict,
        }),
      );
    } catch (error) {
      if (error instanceof InvalidRequest) return answerErrors(422, [error.body]);
      if (error instanceof ForeignAccount) {
        return answerErrors(403, [
          { message: 'the account in the variables is not the account of the request' },
        ]);
      }
      throw error;
    }
  }
}

/** The header names the account; plain clients that send none name it in the variables. */
function accountOf(request: IncomingMessage, variables: Readonly<Record<string, unknown>>): string {
  const header = request.headers['x-account-id'];
  if (typeof header === 'string') return header;
  return namedAccounts(variables)[0] ?? '';
}

function namedAccounts({ accountId, accountID }: Readonly<Record<string, unknown>>): string[] {
  return [accountId, accountID].filter((named) => typeof named === 'string');
}

function checkNamedAccount(variables: Readonly<Record<string, unknown>>, account: string): void {
  if (namedAccounts(variables).some((named) => named !== account)) throw new ForeignAccount();
}

function pathOf(operation: PlannedOperation | undefined): string[] {
  if (!operation) return [];
  return [...operation.namespaces, operation].map(({ selected }) => selected.key);
}

function readGraphqlRequest(text: string): GraphqlRequest {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new InvalidRequest(
      { message: 'the request body is not JSON', extensions: { code: 'BAD_REQUEST' } },
      { cause },
    );
  }
  if (!isRecord(body)) throw InvalidRequest.validation('the request body must be one JSON object');
  const { query, operationName, variables } = body;
  if (typeof query !== 'string' || query === '') throw InvalidRequest.validation('query is missing');
  if (variables !== undefined && variables !== null && !isRecord(variables)) {
    throw InvalidRequest.validation('variables must be a JSON object');
  }
  return {
    query,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    variables: variables ?? {},
  };
}
