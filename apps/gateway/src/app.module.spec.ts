import { randomBytes } from 'node:crypto';
import { OutboxRelay } from '@app/ledger';
import { InvalidConfiguration } from '@app/runtime';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { FirstAdminKey } from './auth/first-admin-key.js';
import { gatewayConfig } from './config.js';
import { SitesController } from './sites/sites.controller.js';

const env = {
  DATABASE_URL: 'postgres://sitewright@127.0.0.1:1/sitewright',
  AMQP_URL: 'amqp://127.0.0.1:1',
  SITEWRIGHT_SECRET_KEY: randomBytes(32).toString('base64'),
};

describe('the gateway', () => {
  it('is wired', async () => {
    const module = await Test.createTestingModule({
      imports: [AppModule.forRoot(gatewayConfig(env))],
    }).compile();
    for (const part of [SitesController, FirstAdminKey, OutboxRelay]) {
      expect(module.get(part, { strict: false })).toBeInstanceOf(part);
    }
  });

  it('reads a ring of secret keys, the sealing one first', () => {
    const keys = [1, 2].map(() => randomBytes(32).toString('base64'));
    expect(gatewayConfig({ ...env, SITEWRIGHT_SECRET_KEY: keys.join(', ') }).SITEWRIGHT_SECRET_KEY).toEqual(
      keys,
    );
  });

  it.each([
    ['SITEWRIGHT_SECRET_KEY', 'hunter2'],
    ['SITEWRIGHT_ADMIN_KEY', 'hunter2'],
    ['SITEWRIGHT_SANDBOX', 'hunter2'],
  ])('refuses a wrong %s without repeating it', (variable, value) => {
    expect(() => gatewayConfig({ ...env, [variable]: value })).toThrow(InvalidConfiguration);
    expect(() => gatewayConfig({ ...env, [variable]: value })).toThrow(variable);
    expect(() => gatewayConfig({ ...env, [variable]: value })).not.toThrow(value);
  });
});
