import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { send } from './exchange.js';
import type { Facilities } from './facilities.js';
import type { FaultRule } from './fault-rules.js';
import { BodyTooLarge, readBody } from './http.js';
import * as requests from './requests.js';
import { BadAdminRequest, NoSuchObject, type RunningVendor } from './vendor-simulator.js';

const MAX_BODY_BYTES = 1_048_576;

export interface AdminApiOptions {
  facilities: Facilities;
  vendors: ReadonlyMap<string, RunningVendor>;
  urls: Readonly<Record<string, string>>;
}

interface Call {
  query: unknown;
  body: unknown;
  id: string;
  signal: AbortSignal;
}

type Route = (call: Call) => unknown;

/** The sandbox's back door for tests and demonstrations: `POST /faults`, `GET /calls` and the rest. */
export function createAdminApi(options: AdminApiOptions): RequestListener {
  const routes = createRoutes(options);
  return (request, response) => {
    void answer(routes, request, response);
  };
}

function createRoutes({ facilities, vendors, urls }: AdminApiOptions): ReadonlyMap<string, Route> {
  const { clock, calls, faults, held, latency, tokens } = facilities;

  const vendorNamed = (name: string): RunningVendor => {
    const vendor = vendors.get(name);
    if (!vendor)
      throw new BadAdminRequest(
        `vendor: "${name}" is not simulated; known: ${[...vendors.keys()].join(', ')}`,
      );
    return vendor;
  };
  const clockReport = () => ({ now: new Date(clock.now()).toISOString(), scale: clock.scale });
  const faultReport = ({ id, spec, matched, fired }: FaultRule) => ({
    id,
    ...spec,
    matched,
    fired,
    holding: held.count(id),
  });
  const faultNamed = (id: string): FaultRule => {
    const rule = faults.get(id);
    if (!rule) throw new NoSuchObject(`no fault ${id}`);
    return rule;
  };

  return new Map<string, Route>([
    ['GET /', () => ({ vendors: urls })],
    [
      'POST /reset',
      () => {
        facilities.reset();
        for (const vendor of vendors.values()) vendor.reset();
        return {};
      },
    ],
    [
      'GET /calls',
      async ({ query, signal }) => {
        const { operation, atLeast, waitMs, recent, ...filter } = parse(requests.CallsQuery, query);
        if (filter.vendor !== undefined) vendorNamed(filter.vendor);
        if (atLeast !== undefined) {
          await calls.changes.until(() => calls.arrived(filter, operation) >= atLeast, waitMs, signal);
        }
        return { ...filter, ...calls.report(filter, recent === 'true') };
      },
    ],
    [
      'GET /objects',
      ({ query }) => {
        const { vendor, account } = parse(requests.ObjectsQuery, query);
        const running = vendorNamed(vendor);
        if (account !== undefined) return { vendor, account, objects: running.objects(account) };
        return {
          vendor,
          accounts: running.accounts().map((name) => ({ account: name, objects: running.objects(name) })),
        };
      },
    ],
    [
      'POST /objects:mutate',
      ({ body }) => {
        const { vendor, account, set, ...reference } = parse(requests.MutateBody, body);
        return { object: vendorNamed(vendor).mutate(account, reference, set) };
      },
    ],
    [
      'POST /objects:delete',
      ({ body }) => {
        const { vendor, account, ...reference } = parse(requests.DeleteBody, body);
        vendorNamed(vendor).remove(account, reference);
        return {};
      },
    ],
    [
      'POST /faults',
      ({ body }) => {
        const spec = parse(requests.FaultBody, body);
        vendorNamed(spec.vendor);
        return faultReport(faults.add(spec));
      },
    ],
    ['GET /faults', () => ({ faults: faults.list().map(faultReport) })],
    [
      'GET /faults/{id}',
      async ({ id, query, signal }) => {
        const { waitMs, fired } = parse(requests.FaultQuery, query);
        const rule = faultNamed(id);
        await faults.changes.until(() => rule.fired >= fired, waitMs, signal);
        return faultReport(rule);
      },
    ],
    [
      'DELETE /faults',
      () => {
        faults.clear();
        held.releaseAll();
        return {};
      },
    ],
    [
      'DELETE /faults/{id}',
      ({ id }) => {
        const rule = faultNamed(id);
        faults.remove(id);
        held.release(id);
        return faultReport(rule);
      },
    ],
    ['GET /clock', clockReport],
    [
      'POST /clock',
      ({ body }) => {
        const { scale, advanceMs } = parse(requests.ClockBody, body);
        if (scale !== undefined) clock.setScale(scale);
        if (advanceMs !== undefined) clock.advance(advanceMs);
        return clockReport();
      },
    ],
    [
      'POST /latency',
      ({ body }) => {
        const rule = parse(requests.LatencyBody, body);
        vendorNamed(rule.vendor);
        latency.set(rule);
        return rule;
      },
    ],
    [
      'GET /settings',
      ({ query }) => {
        parse(requests.NoQuery, query);
        return Object.fromEntries([...vendors].map(([name, vendor]) => [name, vendor.settings()]));
      },
    ],
    [
      'POST /settings',
      ({ body }) => {
        const { vendor, ...changes } = parse(requests.SettingsBody, body);
        const running = vendorNamed(vendor);
        running.configure(changes);
        return running.settings();
      },
    ],
    [
      'POST /tokens:revoke',
      ({ body }) => {
        const { vendor, account, token } = parse(requests.TokenBody, body);
        vendorNamed(vendor);
        tokens.revoke(vendor, account, token);
        return {};
      },
    ],
    [
      'POST /tokens:accept',
      ({ body }) => {
        const { vendor, account, token } = parse(requests.TokenBody, body);
        vendorNamed(vendor);
        tokens.accept(vendor, account, token);
        return {};
      },
    ],
    [
      'POST /tokens:expect',
      ({ body }) => {
        const { vendor, account, token } = parse(requests.ExpectedTokenBody, body);
        vendorNamed(vendor);
        tokens.expect(vendor, account, token);
        return {};
      },
    ],
    [
      'POST /tokens:seen',
      ({ body }) => {
        const { vendor, token } = parse(requests.SeenTokenBody, body);
        vendorNamed(vendor);
        const tokenHash = tokens.hash(token);
        return { tokenHash, accounts: calls.accountsOf(vendor, tokenHash) };
      },
    ],
  ]);
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new BadAdminRequest(faults.join('; '));
}

async function answer(
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const [, fault] = /^\/faults\/([^/]+)$/.exec(url.pathname) ?? [];
    const path = fault === undefined ? url.pathname : '/faults/{id}';
    const route = routes.get(`${request.method} ${path}`);
    if (!route) throw new NoSuchObject(`no ${request.method} ${url.pathname} here`);
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    // `?account=` says the same as no account.
    const query = Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ''));
    const result = await route({ query, body, id: fault ?? '', signal: gone.signal });
    sendJson(response, 200, result);
  } catch (error) {
    sendJson(response, statusOf(error), { error: error instanceof Error ? error.message : String(error) });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request, MAX_BODY_BYTES);
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadAdminRequest('the body is not JSON', { cause });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BadAdminRequest) return 400;
  if (error instanceof NoSuchObject) return 404;
  if (error instanceof BodyTooLarge) return 413;
  return 500;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
}
