import { type FieldError, Problem } from '@app/contracts';
import { vendors } from '@app/vendors';
import { Module, Global, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { API_KEY_STORE } from '../api-keys/api-keys.service.js';
import { ApiModule } from '../api.module.js';
import { AUDIT_QUERIES } from '../audit/audit.service.js';
import { KEY_LOOKUP } from '../auth/key-directory.js';
import { configureApp, NEST_OPTIONS } from '../configure-app.js';
import { CUSTOMER_STORE } from '../customers/customers.service.js';
import { DEAD_LETTERS } from '../dead-letters/dead-letters.service.js';
import { DEVICE_REQUESTS } from '../devices/device-write-order.js';
import { OPERATION_EVENTS } from '../events/event-streams.js';
import { OPERATION_LOOKUP } from '../operations/operation-waiter.js';
import { OPERATION_COMMANDS, OPERATION_QUERIES } from '../operations/operation-ports.js';
import { VENDOR_CATALOGUE } from '../sites/vendor-catalogue.js';
import { SITE_REQUESTS } from '../sites/site-write-order.js';
import { SANDBOX_SWITCH, VENDOR_ACCOUNT_STORE } from '../vendor-accounts/vendor-accounts.service.js';
import { BREAKER_QUERIES, BUDGET_USAGE, DEFAULT_BASE_URLS, VENDOR_LOAD } from '../vendors/vendor-ports.js';
import { WORKER_QUERIES } from '../workers/workers.service.js';
import { FakeDeadLetters } from './fake-dead-letters.js';
import { FakeDevices } from './fake-devices.js';
import { FakeEvents } from './fake-events.js';
import { FakeVendorStates } from './fake-vendor-states.js';
import {
  FakeAudit,
  FakeCustomers,
  FakeKeys,
  FakeOperations,
  FakeSites,
  FakeVendorAccounts,
  FakeWorkers,
} from './fakes.js';

@Global()
@Module({})
class FakePortsModule {}

/** The keys of every fixture, by what they are. */
export const KEY = {
  viewer: 'key-of-a-viewer',
  operator: 'key-of-an-operator',
  admin: 'key-of-an-admin',
  acmeViewer: 'key-of-acmes-viewer',
  acmeOperator: 'key-of-acmes-operator',
  acmeAdmin: 'key-of-acmes-admin',
} as const;

export interface Reply {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface Call {
  key?: string | null;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The REST API on a port of its own, over fakes of everything behind it. */
export class GatewayFixture {
  readonly keys = new FakeKeys();
  readonly sites = new FakeSites();
  readonly devices = new FakeDevices();
  readonly operations = new FakeOperations();
  readonly events = new FakeEvents();
  readonly vendorStates = new FakeVendorStates();
  readonly customers = new FakeCustomers();
  readonly accounts = new FakeVendorAccounts();
  readonly deadLetters = new FakeDeadLetters();
  readonly audit = new FakeAudit();
  readonly workers = new FakeWorkers();
  app!: NestExpressApplication;
  url = '';

  static async start({ isSandbox = true } = {}): Promise<GatewayFixture> {
    const fixture = new GatewayFixture();
    fixture.app = await NestFactory.create<NestExpressApplication>(fixture.module(isSandbox), {
      ...NEST_OPTIONS,
      logger: false,
      abortOnError: false,
    });
    configureApp(fixture.app);
    await fixture.app.listen(0, '127.0.0.1');
    fixture.url = await fixture.app.getUrl();
    return fixture;
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  async call(
    method: string,
    path: string,
    { key = KEY.operator, body, raw, headers, signal }: Call = {},
  ): Promise<Reply> {
    const content = raw ?? (body === undefined ? null : JSON.stringify(body));
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(content !== null && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(signal && { signal }),
      body: content,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    };
  }

  private module(isSandbox: boolean): DynamicModule {
    this.addKeys();
    const providers = [
      { provide: API_KEY_STORE, useValue: this.keys },
      { provide: KEY_LOOKUP, useValue: this.keys },
      { provide: SITE_REQUESTS, useValue: this.sites },
      { provide: DEVICE_REQUESTS, useValue: this.devices },
      { provide: OPERATION_EVENTS, useValue: this.events },
      { provide: VENDOR_LOAD, useValue: this.vendorStates },
      { provide: BUDGET_USAGE, useValue: this.vendorStates },
      { provide: BREAKER_QUERIES, useValue: this.vendorStates },
      { provide: DEFAULT_BASE_URLS, useValue: new Map([['cato', 'http://127.0.0.1:3901']]) },
      { provide: OPERATION_LOOKUP, useValue: this.operations },
      { provide: OPERATION_COMMANDS, useValue: this.operations },
      { provide: OPERATION_QUERIES, useValue: this.operations },
      { provide: DEAD_LETTERS, useValue: this.deadLetters },
      { provide: AUDIT_QUERIES, useValue: this.audit },
      { provide: WORKER_QUERIES, useValue: this.workers },
      { provide: CUSTOMER_STORE, useValue: this.customers },
      { provide: VENDOR_ACCOUNT_STORE, useValue: this.accounts },
      { provide: VENDOR_CATALOGUE, useValue: vendors },
      { provide: SANDBOX_SWITCH, useValue: { isSandbox } },
    ];
    return {
      module: FakePortsModule,
      imports: [ApiModule],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }

  private addKeys(): void {
    const roles = { viewer: 'viewer', operator: 'operator', admin: 'admin' } as const;
    Object.values(roles).forEach((role, index) => {
      const id = (scope: number) => `01990000-0000-7000-8000-00000000000${index + scope}`;
      this.keys.callers.set(KEY[role], { id: id(1), name: role, role, customer: null });
      const acmeKey = ({ viewer: 'acmeViewer', operator: 'acmeOperator', admin: 'acmeAdmin' } as const)[role];
      this.keys.callers.set(KEY[acmeKey], { id: id(4), name: `acme-${role}`, role, customer: 'acme' });
    });
  }
}

/** The problem of a reply. Throws when it is none, so that a test sees what came instead. */
export function problemOf({ status, headers, body }: Reply): Problem & { paths: string[] } {
  if (!(headers.get('content-type') ?? '').startsWith('application/problem+json')) {
    throw new Error(`no problem but ${status} ${JSON.stringify(body)}`);
  }
  const problem = Problem.parse(body);
  if (problem.status !== status)
    throw new Error(`status ${status} with a problem of status ${problem.status}`);
  return { ...problem, paths: (problem.errors ?? []).map(({ path }: FieldError) => path) };
}

/** A site as a client sends it. */
export const catoSite = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  vendor: 'cato',
  siteType: 'BRANCH',
  description: 'Paris branch',
  networkRange: '10.20.0.0/24',
  location: { countryCode: 'FR', timezone: 'Europe/Paris' },
  tunnels: [catoTunnel('fibre'), catoTunnel('lte', { role: 'secondary', privateSiteIp: '169.254.2.1' })],
  ...changes,
});

export const catoTunnel = (name: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  name,
  role: 'primary',
  publicSiteIp: '203.0.113.10',
  privateSiteIp: '169.254.1.1',
  privateCatoIp: '169.254.1.9',
  psk: 'a-pre-shared-key',
  bandwidthMbps: { down: 100, up: 50 },
  ...changes,
});
