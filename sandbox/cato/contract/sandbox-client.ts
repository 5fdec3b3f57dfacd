import { parse, visit, Kind, type FieldNode, type SelectionSetNode } from 'graphql';
import type { ClockOptions } from '../../admin/clock.js';
import { startSimulators, type RunningSimulators } from '../../simulators.js';
import { isRecord } from '../graphql/record.js';
import { documents, lookupVariables, operationNameOf, type DocumentName } from './documents.js';

export const ACCOUNT = '1417';
export const TOKEN = 'token-of-1417';

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A running sandbox with the calls that tests make of it. */
export class SandboxClient {
  readonly #simulators: RunningSimulators;
  readonly catoUrl: string;
  /** Of every simulated vendor. */
  readonly urls: Readonly<Record<string, string>>;

  private constructor(simulators: RunningSimulators) {
    this.#simulators = simulators;
    this.urls = simulators.vendors;
    this.catoUrl = simulators.vendors['cato'] ?? '';
  }

  static async start(clock: ClockOptions = {}, dataFile?: string): Promise<SandboxClient> {
    return new SandboxClient(await startSimulators({ clock, dataFile }));
  }

  close(): Promise<void> {
    return this.#simulators.close();
  }

  /** One raw request to the vendor's API. */
  async post(body: unknown, { account = ACCOUNT, token = TOKEN, signal }: Identity = {}): Promise<Reply> {
    const response = await fetch(this.catoUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': token, 'x-account-id': account },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: signal ?? null,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** A call as the vendor's SDK makes it, without the account's id, which is added under both its names. */
  send(name: DocumentName, variables: Record<string, unknown>, identity: Identity = {}): Promise<Reply> {
    const { account = ACCOUNT } = identity;
    return this.post(
      {
        operationName: operationNameOf(name),
        query: documents[name],
        variables: { ...variables, accountId: account, accountID: account },
      },
      identity,
    );
  }

  /** The same, decoded as strictly as the SDK does it; anything but a clean success throws. */
  async call(name: DocumentName, variables: Record<string, unknown>, identity?: Identity): Promise<unknown> {
    const { status, body } = await this.send(name, variables, identity);
    if (status !== 200 || !isRecord(body) || 'errors' in body) {
      throw new Error(`${name}: ${status} ${JSON.stringify(body)}`);
    }
    const extra = unselectedKeys(documents[name], body['data']);
    if (extra.length > 0) throw new Error(`${name} answered unselected keys: ${extra.join(', ')}`);
    return body['data'];
  }

  lookup(given: Record<string, unknown>): Promise<unknown> {
    return this.call('entityLookup', lookupVariables(given));
  }

  /** A call of the admin API. */
  async admin(method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(this.#simulators.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** The admin API's answer to a call that must succeed. */
  async steer(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await this.admin(method, path, body);
    if (reply.status !== 200 || !isRecord(reply.body)) {
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    return reply.body;
  }
}

export interface Identity {
  account?: string;
  token?: string;
  signal?: AbortSignal;
}

/** The value at a path of keys, for assertions on decoded JSON. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isRecord(found) ? found[key] : undefined;
  }
  return found;
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

export const siteInput = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  siteType: 'BRANCH',
  nativeNetworkRange: '10.20.0.0/24',
  description: `site ${name}`,
  siteLocation: { countryCode: 'FR', timezone: 'Europe/Paris' },
  ...more,
});

export async function addSite(
  client: SandboxClient,
  name: string,
  more?: Record<string, unknown>,
): Promise<string> {
  const data = await client.call('siteAddIpsecIkeV2Site', { addIpsecIkeV2SiteInput: siteInput(name, more) });
  return textAt(data, 'site', 'addIpsecIkeV2Site', 'siteId');
}

/** What a strict client would stumble over: keys of the answer that the document does not select, by alias. */
export function unselectedKeys(document: string, data: unknown): string[] {
  const extra: string[] = [];
  const walk = (value: unknown, selection: SelectionSetNode | undefined, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) walk(item, selection, path);
    } else if (isRecord(value) && selection) {
      const selected = new Map<string, FieldNode>();
      for (const field of selection.selections) {
        if (field.kind === Kind.FIELD) selected.set(field.alias?.value ?? field.name.value, field);
      }
      for (const [key, inner] of Object.entries(value)) {
        const field = selected.get(key);
        if (field) walk(inner, field.selectionSet, `${path}.${key}`);
        else extra.push(`${path}.${key}`);
      }
    }
  };
  visit(parse(document), {
    OperationDefinition: ({ selectionSet }) => walk(data, selectionSet, 'data'),
  });
  return extra;
}
