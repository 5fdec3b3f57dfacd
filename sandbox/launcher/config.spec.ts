import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { launcherConfig } from './config.js';

const broken = () => launcherConfig({ DATABASE_URL: 'no url', SITEWRIGHT_ADMIN_KEY: 'short' });

describe('launcherConfig', () => {
  it('keeps its data in the project unless it is told otherwise', () => {
    const { root, home } = launcherConfig({});
    expect(home).toBe(join(root, '.sitewright'));
    expect(launcherConfig({ SITEWRIGHT_HOME: '/elsewhere' }).home).toBe('/elsewhere');
  });

  it('takes a variable that is set to nothing for one that is not set', () => {
    expect(launcherConfig({ DATABASE_URL: '', AMQP_URL: '' })).toMatchObject({
      databaseUrl: undefined,
      amqpUrl: undefined,
    });
  });

  it('names every variable that cannot be used, and none of their values', () => {
    expect(broken).toThrow(/DATABASE_URL[^]*SITEWRIGHT_ADMIN_KEY/);
    expect(broken).not.toThrow(/no url/);
  });
});
