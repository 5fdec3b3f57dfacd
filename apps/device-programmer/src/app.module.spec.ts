import { randomBytes } from 'node:crypto';
import { workQueue } from '@app/contracts';
import { OutboxRelay, VendorBreakers } from '@app/ledger';
import { Broker, InvalidConfiguration } from '@app/runtime';
import { isDirectVendor, vendors } from '@app/vendors';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { configuration } from './config.js';
import { DeviceRoundsService } from './devices/device-rounds.service.js';
import { DevicesConsumer } from './devices/devices.consumer.js';
import { DirectSitesConsumer } from './sites/direct-sites.consumer.js';
import { DirectSitesService } from './sites/direct-sites.service.js';

const env = {
  DATABASE_URL: 'postgres://sitewright@127.0.0.1:1/sitewright',
  AMQP_URL: 'amqp://127.0.0.1:1',
  SITEWRIGHT_SECRET_KEY: randomBytes(32).toString('base64'),
};

const compile = () =>
  Test.createTestingModule({ imports: [AppModule.forRoot(configuration(env))] }).compile();

describe('the device-programmer', () => {
  it('is wired', async () => {
    const module = await compile();
    for (const part of [
      DevicesConsumer,
      DeviceRoundsService,
      DirectSitesConsumer,
      DirectSitesService,
      VendorBreakers,
      OutboxRelay,
    ]) {
      expect(module.get(part, { strict: false })).toBeInstanceOf(part);
    }
  });

  it('does the devices of every vendor, and the sites of those without Terraform', async () => {
    const { subscriptions } = (await compile()).get(Broker, { strict: false }).state;
    const all = [...vendors.values()];
    expect(subscriptions.map(({ queue }) => queue).toSorted()).toEqual(
      [
        ...all
          .filter(({ devices }) => devices)
          .flatMap(({ id }) => [workQueue(id, 'device'), workQueue(id, 'bulk')]),
        ...all.filter(isDirectVendor).map(({ id }) => workQueue(id, 'site')),
      ].toSorted(),
    );
  });

  it('names every variable that it lacks', () => {
    expect(() => configuration({})).toThrow(/DATABASE_URL.*SITEWRIGHT_SECRET_KEY.*AMQP_URL/);
  });

  it('refuses a heartbeat that the lease would not survive', () => {
    const tooSlow = { ...env, LEASE_MS: '30000', HEARTBEAT_MS: '20000' };
    expect(() => configuration(tooSlow)).toThrow(InvalidConfiguration);
    expect(() => configuration(tooSlow)).toThrow(/HEARTBEAT_MS/);
  });
});
