import { randomBytes } from 'node:crypto';
import { OutboxRelay } from '@app/ledger';
import { InvalidConfiguration } from '@app/runtime';
import { vendors } from '@app/vendors';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { executorConfig } from './config.js';
import { SiteRunsService } from './sites/site-runs.service.js';
import { SitesConsumer } from './sites/sites.consumer.js';
import { Workbench } from './terraform/workbench.js';
import { WorkbenchLifecycle } from './workbench.lifecycle.js';

const env = {
  DATABASE_URL: 'postgres://sitewright@127.0.0.1:1/sitewright',
  AMQP_URL: 'amqp://127.0.0.1:1',
  SITEWRIGHT_SECRET_KEY: randomBytes(32).toString('base64'),
};

describe('the executor', () => {
  it('is wired', async () => {
    const module = await Test.createTestingModule({
      imports: [AppModule.forRoot(executorConfig(env))],
    }).compile();
    for (const part of [SitesConsumer, SiteRunsService, Workbench, WorkbenchLifecycle, OutboxRelay]) {
      expect(module.get(part, { strict: false })).toBeInstanceOf(part);
    }
  });

  it('lets through what children need of its environment, and nothing else', () => {
    const { inherited } = executorConfig({
      ...env,
      PATH: '/bin',
      HTTPS_PROXY: 'http://proxy',
      TF_LOG: 'DEBUG',
    });
    expect(inherited).toEqual({ PATH: '/bin', HTTPS_PROXY: 'http://proxy' });
  });

  it('takes the sandbox for the vendor only where it is told to', () => {
    const url = 'http://127.0.0.1:4901/api/v1/graphql2';
    const given = { ...env, SITEWRIGHT_SANDBOX_CATO_URL: url };
    expect(executorConfig(given).defaultBaseUrls.size).toBe(0);
    const { defaultBaseUrls } = executorConfig({ ...given, SITEWRIGHT_SANDBOX: '1' });
    expect(defaultBaseUrls.get('cato')).toBe(url);
    expect([...defaultBaseUrls.keys()]).toEqual([...vendors.keys()]);
  });

  it.each([
    ['SITEWRIGHT_SECRET_KEY', 'hunter2'],
    ['CONSUMER_SLOTS', 'many'],
    ['SITEWRIGHT_SANDBOX_CATO_URL', 'nowhere'],
  ])('refuses a wrong %s without repeating it', (variable, value) => {
    expect(() => executorConfig({ ...env, [variable]: value })).toThrow(InvalidConfiguration);
    expect(() => executorConfig({ ...env, [variable]: value })).toThrow(variable);
    expect(() => executorConfig({ ...env, [variable]: value })).not.toThrow(value);
  });

  it('refuses a heartbeat that the lease would not survive', () => {
    expect(() => executorConfig({ ...env, LEASE_MS: '30000', HEARTBEAT_MS: '20000' })).toThrow(
      /HEARTBEAT_MS/,
    );
  });
});
