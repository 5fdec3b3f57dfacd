import type { ClockOptions } from '../../admin/clock.js';
import { startSimulators, type RunningSimulators } from '../../simulators.js';

export const ORGANIZATION = '549236';
export const KEY = 'key-of-549236';

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface Identity {
  key?: string | undefined;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A running sandbox with the calls that tests make of it. */
export class SandboxClient {
  readonly #simulators: RunningSimulators;
  readonly url: string;

  private constructor(simulators: RunningSimulators) {
    this.#simulators = simulators;
    this.url = simulators.vendors['meraki'] ?? '';
  }

  static async start(clock: ClockOptions = {}, dataFile?: string): Promise<SandboxClient> {
    return new SandboxClient(await startSimulators({ clock, dataFile }));
  }

  close(): Promise<void> {
    return this.#simulators.close();
  }

  /** One raw request to the vendor's API; a path without a leading slash is one of the organization's. */
  send(method: string, path: string, body?: unknown, identity?: Identity): Promise<Reply> {
    const whole = path.startsWith('/') ? path : `/organizations/${ORGANIZATION}/${path}`;
    return request(method, this.url + whole, body, identity);
  }

  /** The answer to a call that must succeed. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.send(method, path, body);
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  /** A call of the admin API. */
  admin(method: string, path: string, body?: unknown): Promise<Reply> {
    return request(method, this.#simulators.adminUrl + path, body);
  }

  async steer(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.admin(method, path, body);
    if (reply.status === 200) return reply.body;
    throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  }

  async addNetwork(name: string, more: Record<string, unknown> = {}): Promise<string> {
    return textAt(await this.call('POST', 'networks', { name, productTypes: ['switch'], ...more }), 'id');
  }

  async stored(kind: string): Promise<unknown[]> {
    const reply = await this.steer('GET', `/objects?vendor=meraki&account=${ORGANIZATION}`);
    const found = at(reply, 'objects', kind);
    if (!Array.isArray(found)) throw new Error(`no ${kind} in ${JSON.stringify(reply)}`);
    return found;
  }
}

async function request(method: string, url: string, body: unknown, identity: Identity = {}): Promise<Reply> {
  const { key = KEY, headers = { authorization: `Bearer ${key}` }, signal } = identity;
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: signal ?? null,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
}

/** The value at a path of keys, for assertions on decoded JSON. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    found =
      typeof found === 'object' && found !== null
        ? new Map(Object.entries(found)).get(String(key))
        : undefined;
  }
  return found;
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

export const listOf = (value: unknown, key: string): unknown[] =>
  Array.isArray(value) ? value.map((entry: unknown) => at(entry, key)) : [];

/** The n-th of some well-formed serials. */
export const serial = (number: number): string => `Q2AB-CDEF-${String(number).padStart(4, '0')}`;

/** The address that the `Link` header gives for a relation. */
export function linkTo(reply: Reply, relation: string): string | undefined {
  const links = (reply.headers.get('link') ?? '').split(', ');
  const found = links.find((link) => link.endsWith(`; rel=${relation}`));
  return found === undefined ? undefined : /^<([^>]+)>/.exec(found)?.[1];
}
