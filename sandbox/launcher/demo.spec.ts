import { vendorOf } from '@app/vendors';
import { describe, expect, it } from 'vitest';
import type { ApiClient } from './api-client.js';
import { createDemo, DEMO_SITE_PATH, demoSite } from './demo.js';

const signal = new AbortController().signal;
const key = (tunnel: string) => `pre-shared key of ${tunnel}`;

const operation = (phase: string, status = 'in_progress', extra: object = {}) => ({
  id: '0193a000-0000-7000-8000-000000000001',
  customer: 'acme',
  site: 'paris',
  vendor: 'cato',
  lane: 'site',
  action: 'create',
  status,
  phase,
  revision: 1,
  attempt: 1,
  requiresApproval: false,
  changed: status === 'succeeded',
  changes: { add: 3, change: 0, remove: 0, replace: 0 },
  outputs: status === 'succeeded' ? { siteId: '42' } : {},
  timings: {},
  createdBy: 'admin',
  createdAt: '2030-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  links: { self: '/v1/operations/1' },
  ...extra,
});

/** A gateway that answers the PUT of the site with the first answer, and each look at the operation with the next. */
function gateway(...answers: unknown[]): ApiClient & { requests: string[] } {
  const requests: string[] = [];
  return {
    requests,
    put: (path) => {
      requests.push(`PUT ${path}`);
      return Promise.resolve(path === DEMO_SITE_PATH ? answers.shift() : {});
    },
    get: () => Promise.resolve(answers.length > 1 ? answers.shift() : answers[0]),
  };
}

describe('demoSite', () => {
  it('is a site that the vendor accepts, with a key of its own for each of its two tunnels', () => {
    const site = demoSite(key);
    expect(vendorOf('cato').site.spec.safeParse(site).error).toBeUndefined();
    expect(site.tunnels.map(({ psk }) => psk)).toEqual(['pre-shared key of fibre', 'pre-shared key of lte']);
  });
});

describe('createDemo', () => {
  it('asks for the customer, then its account, then the site', async () => {
    const api = gateway({ changed: false, outputs: {} });
    await createDemo(api, key, () => undefined, signal);
    expect(api.requests).toEqual([
      'PUT /v1/customers/acme',
      'PUT /v1/customers/acme/vendor-accounts/cato',
      `PUT ${DEMO_SITE_PATH}`,
    ]);
  });

  it('finds the site of an earlier start unchanged', async () => {
    const api = gateway({ changed: false, outputs: { siteId: '42' } });
    expect(await createDemo(api, key, () => undefined, signal)).toEqual({
      changed: false,
      outputs: { siteId: '42' },
    });
  });

  it('shows each phase once, up to the outputs', async () => {
    const shown: string[] = [];
    const api = gateway(
      operation('queued', 'pending'),
      operation('applying'),
      operation('applying'),
      operation('done', 'succeeded'),
    );
    const result = await createDemo(api, key, (phases) => shown.push(phases.join(' ')), signal);
    expect(shown).toEqual(['queued', 'queued applying', 'queued applying done']);
    expect(result).toEqual({ changed: true, outputs: { siteId: '42' } });
  });

  it('says why an operation failed', async () => {
    const error = { code: 'TF_APPLY_FAILED', message: 'the vendor refused', retryable: false };
    const api = gateway(operation('queued', 'pending'), operation('done', 'failed', { error }));
    const { failure } = await createDemo(api, key, () => undefined, signal);
    expect(failure).toBe('TF_APPLY_FAILED: the vendor refused (GET /v1/operations/1)');
  });
});
