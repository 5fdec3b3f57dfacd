import { randomBytes } from 'node:crypto';
import { Database } from '@app/ledger';
import { Broker } from '@app/runtime';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { configuration } from './config.js';

const env = {
  DATABASE_URL: 'postgres://sitewright@127.0.0.1:1/sitewright',
  AMQP_URL: 'amqp://127.0.0.1:1',
  SITEWRIGHT_SECRET_KEY: randomBytes(32).toString('base64'),
};

describe('the device-programmer', () => {
  it('is wired, and subscribes to nothing', async () => {
    const module = await Test.createTestingModule({
      imports: [AppModule.forRoot(configuration(env))],
    }).compile();
    expect(module.get(Database)).toBeInstanceOf(Database);
    expect(module.get(Broker, { strict: false }).state.subscriptions).toEqual([]);
  });

  it('names every variable that it lacks', () => {
    expect(() => configuration({})).toThrow(/DATABASE_URL.*SITEWRIGHT_SECRET_KEY.*AMQP_URL/);
  });
});
