import { isObject } from '../json.js';
import { startSimulators, type RunningSimulators } from '../../simulators.js';

export const ORG = 'acme';
export const PASSWORD = 'password-of-acme';
const BASIC = `Basic ${Buffer.from(`automation@${ORG}:${PASSWORD}`).toString('base64')}`;

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface Sent {
  body?: unknown;
  /** The value of the Authorization header; null sends none. */
  authorization?: string | null;
  headers?: Record<string, string>;
}

/** A running sandbox with the calls that tests make of it. */
export class DirectorClient {
  readonly #simulators: RunningSimulators;

  private constructor(simulators: RunningSimulators) {
    this.#simulators = simulators;
  }

  static async start(dataFile?: string): Promise<DirectorClient> {
    return new DirectorClient(await startSimulators({ dataFile }));
  }

  close(): Promise<void> {
    return this.#simulators.close();
  }

  async send(method: string, path: string, sent: Sent = {}): Promise<Reply> {
    const { body, authorization = BASIC, headers } = sent;
    const response = await fetch(this.#simulators.vendors['versa'] + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === null ? {} : { authorization }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return this.#reply(response);
  }

  /** A call that must succeed, and its answer. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.send(method, path, body === undefined ? {} : { body });
    if (reply.status >= 300)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  login(more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Reply> {
    return this.send('POST', '/auth/token', {
      body: {
        client_id: 'sitewright',
        client_secret: 'secret',
        grant_type: 'password',
        username: `automation@${ORG}`,
        password: PASSWORD,
        ...more,
      },
      authorization: null,
      headers,
    });
  }

  /** A call of the admin API. */
  async admin(method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(this.#simulators.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return this.#reply(response);
  }

  /** The admin API's answer to a call that must succeed. */
  async steer(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await this.admin(method, path, body);
    if (reply.status !== 200 || !isObject(reply.body)) {
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    return reply.body;
  }

  advance(ms: number): Promise<unknown> {
    return this.steer('POST', '/clock', { advanceMs: ms });
  }

  async order(rule: Record<string, unknown>): Promise<string> {
    return textIn(await this.steer('POST', '/faults', { vendor: 'versa', ...rule }), 'id');
  }

  configure(settings: Record<string, unknown>): Promise<unknown> {
    return this.steer('POST', '/settings', { vendor: 'versa', ...settings });
  }

  mutate(kind: string, name: string, set: Record<string, unknown>): Promise<unknown> {
    return this.steer('POST', '/objects:mutate', { vendor: 'versa', account: ORG, kind, name, set });
  }

  async task(id: string): Promise<unknown> {
    return at(await this.call('GET', `/vnms/tasks/task/${id}?deep=true`), 'versa-tasks.task');
  }

  /** Lets the time of a task pass and gives what it came to. */
  async ended(id: string): Promise<{ status: unknown; errors: unknown[] }> {
    await this.advance(3000);
    const task = await this.task(id);
    const errors = at(task, 'versa-tasks.errormessage');
    return {
      status: at(task, 'versa-tasks.task-status'),
      errors: Array.isArray(errors)
        ? errors.map((error: unknown) => at(error, 'versa-tasks.error-message'))
        : [],
    };
  }

  async syncStatuses(): Promise<Record<string, unknown>> {
    const body = await this.call('GET', '/vnms/appliance/appliance?offset=0&limit=100');
    const appliances = at(body, 'versanms.ApplianceStatusResult', 'appliances');
    if (!Array.isArray(appliances)) throw new Error('no appliances');
    return Object.fromEntries(
      appliances.map((one: unknown) => [textIn(one, 'name'), at(one, 'sync-status')]),
    );
  }

  async #reply(response: Response): Promise<Reply> {
    const text = await response.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body };
  }
}

/** The value at a path of keys, for assertions on decoded JSON. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isObject(found) ? found[key] : undefined;
  }
  return found;
}

export function textIn(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}
